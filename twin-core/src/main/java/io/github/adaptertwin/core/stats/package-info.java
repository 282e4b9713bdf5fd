/**
 * Exact sums, histograms and percentiles over what a run produces. What the figures mean is told in
 * the report package.
 */
@NullMarked
package io.github.adaptertwin.core.stats;

import org.jspecify.annotations.NullMarked;
