/** Linear and logistic models, fitted by orthogonal decomposition. */
@NullMarked
package io.github.adaptertwin.surrogate.linear;

import org.jspecify.annotations.NullMarked;
