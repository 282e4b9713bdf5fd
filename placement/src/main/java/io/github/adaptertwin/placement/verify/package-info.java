/**
 * The twin's word on a plan: every GPU on several replications that planning has not seen. How a
 * plan came about, and what is done where the twin disagrees, is not known here.
 */
@NullMarked
package io.github.adaptertwin.placement.verify;

import org.jspecify.annotations.NullMarked;
