package io.github.adaptertwin.placement.capacity;

import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.workload.Workload;

/**
 * One GPU as it might be set up.
 *
 * @param gpu the card
 * @param workload the traffic of the adapters that would be placed on it
 * @param flags how its engine would be started
 */
public record Candidate(GpuSpec gpu, Workload workload, EngineFlags flags) {}
