/** Root of the GPU module; its types live in the packages below. */
@NullMarked
package io.github.adaptertwin.gpu;

import org.jspecify.annotations.NullMarked;
