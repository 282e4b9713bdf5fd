package io.github.adaptertwin.core.report;

import java.io.Serializable;

/**
 * One interval of a run's time series. Means are weighted by time; an interval that ends with the
 * run may be shorter than the others.
 *
 * @param startSeconds begin of the interval
 * @param durationSeconds length of the interval
 * @param arrived requests that arrived in the queue, counted when the engine saw them
 * @param completed requests that completed
 * @param generatedTokens tokens generated
 * @param running mean requests running
 * @param waiting mean requests waiting, as the scheduler left them
 * @param kvUse mean KV blocks in use over all blocks, the null block counted as used
 * @param distinctAdapters mean adapters in the batch
 */
public record SeriesPoint(
    double startSeconds,
    double durationSeconds,
    long arrived,
    long completed,
    long generatedTokens,
    double running,
    double waiting,
    double kvUse,
    double distinctAdapters)
    implements Serializable {}
