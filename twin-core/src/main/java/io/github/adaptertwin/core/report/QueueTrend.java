package io.github.adaptertwin.core.report;

import java.io.Serializable;

/**
 * Mean wait from arrival in the queue to first admission, by the quarter of the horizon in which
 * the request arrived; a request that was never admitted counts with the time that it had waited
 * when the run ended. NaN for a quarter without arrivals.
 *
 * @param firstSeconds mean wait of requests that arrived in the first quarter
 * @param secondSeconds of the second quarter
 * @param thirdSeconds of the third quarter
 * @param lastSeconds of the last quarter
 */
public record QueueTrend(
    double firstSeconds, double secondSeconds, double thirdSeconds, double lastSeconds)
    implements Serializable {}
