/** Root of the placement module. */
@NullMarked
package io.github.adaptertwin.placement;

import org.jspecify.annotations.NullMarked;
