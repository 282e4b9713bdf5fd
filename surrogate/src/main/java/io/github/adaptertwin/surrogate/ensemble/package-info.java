/**
 * Many trees as one model: random forests and gradient boosting, and how they are trained. How a
 * single tree grows is not known here.
 */
@NullMarked
package io.github.adaptertwin.surrogate.ensemble;

import org.jspecify.annotations.NullMarked;
