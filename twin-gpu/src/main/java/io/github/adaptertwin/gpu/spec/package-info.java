/**
 * What hardware, base models and engine versions are: figures with their sources, and the
 * catalogues that hold them. What they cost or how much fits is computed elsewhere.
 */
@NullMarked
package io.github.adaptertwin.gpu.spec;

import org.jspecify.annotations.NullMarked;
