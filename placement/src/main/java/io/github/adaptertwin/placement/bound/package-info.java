/**
 * Lower bounds on the number of GPUs, over an optimistic capacity. How plans are made is not known
 * here.
 */
@NullMarked
package io.github.adaptertwin.placement.bound;

import org.jspecify.annotations.NullMarked;
