package io.github.adaptertwin.core.report;

import java.io.Serializable;

/**
 * A quantity that changes in time.
 *
 * @param mean its average over time, exact; NaN over no time, as where a warm-up ends the run
 * @param max its largest value
 */
public record Gauge(double mean, double max) implements Serializable {}
