/**
 * The simulated clock (integer picoseconds) and the event calendar with its total order. Nothing
 * here knows what an event means.
 */
@NullMarked
package io.github.adaptertwin.core.time;

import org.jspecify.annotations.NullMarked;
