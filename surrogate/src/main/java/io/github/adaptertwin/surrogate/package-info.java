/**
 * What learners of this module have in common: a regressor is anything that predicts one figure.
 */
@NullMarked
package io.github.adaptertwin.surrogate;

import org.jspecify.annotations.NullMarked;
