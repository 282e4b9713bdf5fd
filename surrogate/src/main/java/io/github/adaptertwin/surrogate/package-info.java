/** Root of the surrogate module. */
@NullMarked
package io.github.adaptertwin.surrogate;

import org.jspecify.annotations.NullMarked;
