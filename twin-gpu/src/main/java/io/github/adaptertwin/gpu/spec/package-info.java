/**
 * What hardware, base models, data types and engine versions are: figures with their sources, the
 * catalogues that hold them, and the files in which users add their own. What they cost or how much
 * fits is computed elsewhere.
 */
@NullMarked
package io.github.adaptertwin.gpu.spec;

import org.jspecify.annotations.NullMarked;
