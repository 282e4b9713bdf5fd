package io.github.adaptertwin.placement.pack;

import io.github.adaptertwin.core.report.Verdict;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.gpu.step.Calibration;
import io.github.adaptertwin.placement.Workloads;
import io.github.adaptertwin.placement.capacity.Assessment;
import io.github.adaptertwin.placement.capacity.CapacityOracle;
import io.github.adaptertwin.placement.capacity.Prediction;
import io.github.adaptertwin.placement.capacity.SteadyState;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.length.FixedLengths;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** What the tests of the packing share: one card, and oracles that answer by a formula. */
final class Packing {
  static final ModelSpec LLAMA = Models.named(Workloads.LLAMA);
  static final EngineVersion VERSION = EngineVersion.VLLM_0_8_5;
  static final HostMemory UNLIMITED = new HostMemory(LLAMA, Long.MAX_VALUE);
  static final SteadyState MODEL =
      new SteadyState(
          Workloads.H100,
          LLAMA,
          Calibration.shipped(VERSION),
          EngineFlags.builder().build(),
          new FixedLengths(250, 230),
          120);

  private Packing() {}

  static AdapterTraffic adapter(String id, int rank, double ratePerSecond) {
    return new AdapterTraffic(new LoraAdapter(id, rank), ratePerSecond);
  }

  static CapacityView view(int... slots) {
    return new CapacityView(MODEL, VERSION, slots, 1, UNLIMITED);
  }

  /** Every adapter in one piece. */
  static Pieces pieces(Workload workload) {
    return Pieces.of(workload, MODEL, t -> 1, 1, 1);
  }

  static Pieces pieces(AdapterTraffic... adapters) {
    return pieces(Workloads.workload(List.of(adapters)));
  }

  static Bin bin(CapacityView view, Pieces pieces, int... members) {
    Bin bin = new Bin(view, pieces);
    for (int piece : members) {
      bin.add(piece);
    }
    return bin;
  }

  static Assessment saying(double completedShare, boolean feasible) {
    Verdict verdict = new Verdict("TEST", feasible, "share " + completedShare);
    return new Assessment.Serves(
        new Prediction(
            1, 1, completedShare, completedShare, 0, 0, 0, 0, 0, 0, 0, 0, List.of(verdict)));
  }

  /** Completes a share of a candidate's tokens, and calls it feasible from nine tenths on. */
  static CapacityOracle completing(
      ToDoubleFunction<io.github.adaptertwin.placement.capacity.Candidate> share) {
    return candidate -> {
      double completed = Math.min(1, share.applyAsDouble(candidate));
      return saying(completed, completed >= 0.9);
    };
  }

  /** As if a GPU served so many requests per second, whatever its adapters and slots. */
  static CapacityOracle serving(double ratePerSecond) {
    return completing(c -> ratePerSecond / c.traffic().ratePerSecond());
  }
}
