package io.github.adaptertwin.core.report;

/** How much a report holds; more detail costs time and memory, the figures common to all agree. */
public enum ReportDetail {
  /** Totals, means and gauges. */
  SUMMARY,
  /** Also the percentiles of every latency. */
  PERCENTILES
}
