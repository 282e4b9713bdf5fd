package io.github.adaptertwin.core.report;

import java.io.Serializable;

/**
 * What the time of a run went into, in seconds; the four add up to its duration.
 *
 * @param compute steps on the GPU
 * @param loading adapter loads that held up a step
 * @param scheduling scheduler and queue handling
 * @param idle no request to work on
 */
public record TimeSplit(double compute, double loading, double scheduling, double idle)
    implements Serializable {}
