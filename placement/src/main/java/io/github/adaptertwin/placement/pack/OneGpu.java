package io.github.adaptertwin.placement.pack;

import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.placement.capacity.Assessment;
import io.github.adaptertwin.placement.capacity.CapacityOracle;
import io.github.adaptertwin.placement.capacity.GpuTraffic;
import io.github.adaptertwin.placement.capacity.SteadyState;
import io.github.adaptertwin.workload.Workload;
import java.util.List;

/** Whether one GPU is enough, a question with few answers: the numbers of slots of the grid. */
public final class OneGpu {
  private OneGpu() {}

  /**
   * Says whether a workload on one GPU breaks a rule with every number of slots of the grid, each
   * on every one of several replications: near the edge of the rules the verdict of one is chance.
   *
   * @param workload the workload
   * @param kind the steady state of the kind of GPU
   * @param version the engine version
   * @param slots slots to choose from, ascending, at least one
   * @param host host memory of the GPU for the adapters
   * @param replications judge on requests of their own each, by the rules without any margin; at
   *     least one
   * @param effort counts the candidates
   * @return whether none passes on any replication; false if the effort was spent before all were
   *     tried
   */
  public static boolean refutes(
      Workload workload,
      SteadyState kind,
      EngineVersion version,
      List<Integer> slots,
      HostMemory host,
      List<CapacityOracle> replications,
      Effort effort) {
    if (replications.isEmpty()) {
      throw new IllegalArgumentException("there are 0 replications to refute by; give at least 1");
    }
    Pieces pieces = Pieces.of(workload, kind, t -> 1, 1, 1);
    int[] grid = slots.stream().mapToInt(Integer::intValue).toArray();
    Bin bin = new Bin(new CapacityView(kind, version, grid, 1, host), pieces);
    for (int piece = 0; piece < pieces.size(); piece++) {
      bin.add(piece);
    }
    List<Judge> judges = replications.stream().map(r -> new Judge(r, 1, effort)).toList();
    GpuTraffic all = pieces.trafficOf(new int[pieces.size()], 1).get(0);
    for (int count : Judge.slotsByFactor(bin)) {
      PlannedGpu gpu = Judge.planned(bin.view(), all, count, bin.largestRank());
      for (Judge judge : judges) {
        if (!effort.mayAssess()) {
          return false;
        }
        Assessment word = judge.assess(bin.view(), gpu);
        if (word == null || word.feasible()) {
          return false;
        }
        if (word instanceof Assessment.Refuses) {
          break; // Memory does not depend on the requests.
        }
      }
    }
    return true;
  }
}
