package io.github.adaptertwin.core.report;

import java.io.Serializable;

/**
 * A latency over many requests or gaps, in seconds. Every figure is NaN when the count is 0, and
 * the percentiles are NaN when the run was asked for {@link ReportDetail#SUMMARY}.
 *
 * @param count number of values
 * @param mean mean of the values
 * @param p50 median
 * @param p90 90th percentile
 * @param p95 95th percentile
 * @param p99 99th percentile
 * @param max largest value
 */
public record LatencySummary(
    long count, double mean, double p50, double p90, double p95, double p99, double max)
    implements Serializable {}
