/**
 * What a run of a replica is told as: totals, latencies, gauges, per-adapter figures, and the named
 * rules that call it feasible or not. How the figures come about is the engine's business.
 */
@NullMarked
package io.github.adaptertwin.core.report;

import org.jspecify.annotations.NullMarked;
