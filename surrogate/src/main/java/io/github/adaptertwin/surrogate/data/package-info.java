/**
 * Tables of features and targets that learners train on. Where the rows come from is not known
 * here.
 */
@NullMarked
package io.github.adaptertwin.surrogate.data;

import org.jspecify.annotations.NullMarked;
