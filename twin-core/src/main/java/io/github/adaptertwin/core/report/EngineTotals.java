package io.github.adaptertwin.core.report;

import java.io.Serializable;

/**
 * What the engine did.
 *
 * @param steps steps begun before the horizon
 * @param preemptions times that a running request lost its KV blocks and was queued for recompute
 * @param hostLoads adapters copied from host memory into a GPU slot
 * @param diskLoads adapters read from disk into host memory
 * @param prefixHitTokens tokens that were not computed because prefix caching knew their blocks
 */
public record EngineTotals(
    long steps, long preemptions, long hostLoads, long diskLoads, long prefixHitTokens)
    implements Serializable {}
