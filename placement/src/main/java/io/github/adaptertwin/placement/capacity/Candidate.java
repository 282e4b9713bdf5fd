package io.github.adaptertwin.placement.capacity;

import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.spec.GpuSpec;

/**
 * One GPU as it might be set up.
 *
 * @param gpu the card
 * @param traffic what would be asked of it
 * @param flags how its engine would be started
 */
public record Candidate(GpuSpec gpu, GpuTraffic traffic, EngineFlags flags) {}
