package io.github.adaptertwin.placement.pack;

import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.placement.capacity.Assessment;
import io.github.adaptertwin.placement.capacity.CapacityOracle;
import io.github.adaptertwin.placement.capacity.GpuTraffic;
import io.github.adaptertwin.placement.capacity.SteadyState;
import io.github.adaptertwin.workload.Workload;
import java.util.List;

/** Whether one GPU is enough, a question with few answers: the numbers of slots. */
public final class OneGpu {
  private OneGpu() {}

  /**
   * Says whether a workload on one GPU breaks a rule with every number of slots.
   *
   * @param workload the workload
   * @param kind the steady state of the kind of GPU
   * @param version the engine version
   * @param slots slots to choose from, ascending, at least one
   * @param host host memory of the GPU for the adapters
   * @param oracle judges, by the rules without any margin
   * @param effort counts the candidates
   * @return whether none passes; false if the effort was spent before all were tried
   */
  public static boolean refutes(
      Workload workload,
      SteadyState kind,
      EngineVersion version,
      List<Integer> slots,
      HostMemory host,
      CapacityOracle oracle,
      Effort effort) {
    Pieces pieces = Pieces.of(workload, kind, t -> 1, 1, 1);
    int[] grid = slots.stream().mapToInt(Integer::intValue).toArray();
    Bin bin = new Bin(new CapacityView(kind, version, grid, 1, host), pieces);
    for (int piece = 0; piece < pieces.size(); piece++) {
      bin.add(piece);
    }
    Judge judge = new Judge(oracle, 1, effort);
    GpuTraffic all = pieces.trafficOf(new int[pieces.size()], 1).get(0);
    for (int count : Judge.slotsByFactor(bin)) {
      if (!effort.mayAssess()) {
        return false;
      }
      PlannedGpu gpu = Judge.planned(bin.view(), all, count, bin.largestRank());
      Assessment word = judge.assess(bin.view(), gpu);
      if (word == null || word.feasible()) {
        return false;
      }
    }
    return true;
  }
}
