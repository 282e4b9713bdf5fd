/**
 * What all learners share: a trainer learns a regressor from a dataset. The learners themselves
 * live in the packages below.
 */
@NullMarked
package io.github.adaptertwin.surrogate;

import org.jspecify.annotations.NullMarked;
