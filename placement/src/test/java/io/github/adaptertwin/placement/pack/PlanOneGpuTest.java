package io.github.adaptertwin.placement.pack;

import static io.github.adaptertwin.placement.Workloads.traffic;
import static io.github.adaptertwin.placement.Workloads.workload;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.report.Verdict;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.gpu.step.Calibration;
import io.github.adaptertwin.placement.Workloads;
import io.github.adaptertwin.placement.capacity.Assessment;
import io.github.adaptertwin.placement.capacity.CapacityOracle;
import io.github.adaptertwin.placement.capacity.Prediction;
import io.github.adaptertwin.placement.capacity.SteadyState;
import io.github.adaptertwin.workload.length.FixedLengths;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlanOneGpuTest {
  private static final SteadyState MODEL =
      new SteadyState(
          Workloads.H100,
          Models.named(Workloads.LLAMA),
          Calibration.shipped(EngineVersion.VLLM_0_8_5),
          EngineFlags.builder().build(),
          new FixedLengths(250, 230),
          120);

  private static CapacityOracle says(boolean feasible) {
    List<Verdict> verdicts = List.of(new Verdict("TEST", feasible, "as told"));
    return candidate ->
        new Assessment.Serves(new Prediction(1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, verdicts));
  }

  private static boolean refutes(List<CapacityOracle> replications, Effort effort) {
    return OneGpu.refutes(
        workload(traffic(12, 1.0)),
        MODEL,
        EngineVersion.VLLM_0_8_5,
        List.of(4, 8, 16),
        new HostMemory(Models.named(Workloads.LLAMA), Long.MAX_VALUE),
        replications,
        effort);
  }

  @Test
  void one_gpu_is_refuted_only_if_it_fails_on_every_replication() {
    Effort effort = new Effort(100, 0, () -> {});
    assertTrue(refutes(List.of(says(false), says(false), says(false)), effort));
    assertEquals(9, effort.assessments(), "three numbers of slots, three replications");
    assertFalse(refutes(List.of(says(false), says(false), says(true)), effort));
    assertFalse(refutes(List.of(says(true), says(false), says(false)), effort));
  }

  @Test
  void nothing_is_refuted_once_the_effort_is_spent_or_without_a_judge() {
    Effort effort = new Effort(8, 0, () -> {});
    assertFalse(refutes(List.of(says(false), says(false), says(false)), effort));
    assertThrows(IllegalArgumentException.class, () -> refutes(List.of(), effort));
  }
}
