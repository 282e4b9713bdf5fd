/** How far predictions are from the truth, by named measures. */
@NullMarked
package io.github.adaptertwin.surrogate.evaluation;

import org.jspecify.annotations.NullMarked;
