/**
 * One small tree that says nearly what a large model says, with its rules as text and as a picture.
 * How trees grow is not known here.
 */
@NullMarked
package io.github.adaptertwin.surrogate.distill;

import org.jspecify.annotations.NullMarked;
