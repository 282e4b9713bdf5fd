/** Root of the gpu module. */
@NullMarked
package io.github.adaptertwin.gpu;

import org.jspecify.annotations.NullMarked;
