/**
 * The bridge between twin and learners: one GPU as a twin, what describes its load, the plan of
 * training runs, and the surrogate that is learned from them.
 */
@NullMarked
package io.github.adaptertwin.surrogate.serving;

import org.jspecify.annotations.NullMarked;
