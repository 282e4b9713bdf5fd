package io.github.adaptertwin.placement.report;

import io.github.adaptertwin.core.report.Verdict;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.placement.GpuLoad;
import io.github.adaptertwin.placement.PlacementOptions;
import io.github.adaptertwin.surrogate.serving.ServingTwin;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The same adapters on the same GPU with other numbers of slots, and what the twin says of them.
 *
 * @param slots adapter slots
 * @param chosen whether the plan has that number
 * @param kvTokens tokens of the KV cache, 0 if the engine does not start
 * @param completedShare completed over offered tokens, NaN if the engine does not start
 * @param meanItlSeconds mean inter-token latency, NaN if the engine does not start
 * @param p95TtftSeconds 95th percentile of the time to first token, NaN if it does not start
 * @param rejected why not, in words; empty if every rule is kept
 */
record OtherSettings(
    int slots,
    boolean chosen,
    long kvTokens,
    double completedShare,
    double meanItlSeconds,
    double p95TtftSeconds,
    String rejected) {
  /** Most settings that are tried besides the chosen one. */
  private static final int MOST = 8;

  /** Latencies below this multiple are called equal. */
  private static final double SLOWER = 1.05;

  static List<OtherSettings> of(GpuLoad load, TwinRuns runs, PlacementOptions options) {
    TreeSet<Integer> slots = new TreeSet<>();
    for (int candidate : options.slotsGrid()) {
      slots.add(candidate);
    }
    slots.removeIf(s -> s > 2 * Math.max(load.parts().size(), load.flags().maxLoras()));
    slots.add(Math.max(1, load.parts().size()));
    slots.remove(load.flags().maxLoras());
    while (slots.size() > MOST) {
      // Those nearest to the chosen number say most.
      int below = load.flags().maxLoras() - slots.first();
      int above = slots.last() - load.flags().maxLoras();
      slots.remove(below > above ? slots.first() : slots.last());
    }
    slots.add(load.flags().maxLoras());
    List<OtherSettings> settings = new ArrayList<>();
    for (int count : slots) {
      settings.add(one(load, count, runs, options));
    }
    return settings;
  }

  private static OtherSettings one(
      GpuLoad load, int slots, TwinRuns runs, PlacementOptions options) {
    EngineFlags flags =
        load.flags().toBuilder()
            .maxLoras(slots)
            .maxCpuLoras(Math.max(slots, load.flags().maxCpuLoras()))
            .build();
    boolean chosen = slots == load.flags().maxLoras();
    ServingTwin.Outcome outcome = runs.run(load, flags).outcome();
    if (outcome instanceof ServingTwin.Outcome.Refused refused) {
      double none = Double.NaN;
      return new OtherSettings(slots, chosen, 0, none, none, none, refused.refusal().message());
    }
    ServingTwin.Outcome.Served served = (ServingTwin.Outcome.Served) outcome;
    String broken =
        options.rules().stream()
            .map(rule -> rule.judge(served.report()))
            .filter(v -> !v.feasible())
            .map(Verdict::reason)
            .collect(Collectors.joining("; "));
    return new OtherSettings(
        slots,
        chosen,
        served.memory().kvTokens(),
        served.report().completedShare(),
        served.report().itl().mean(),
        served.report().ttft().p95(),
        broken);
  }

  /** {@return why the plan has other slots, in words} */
  String verdictBeside(OtherSettings better) {
    if (!rejected.isEmpty()) {
      return rejected;
    }
    boolean slower = meanItlSeconds > SLOWER * better.meanItlSeconds;
    if (p95TtftSeconds > SLOWER * better.p95TtftSeconds) {
      return slower
          ? "keeps the rules, but first and further tokens come later"
          : "keeps the rules, but first tokens come later";
    }
    if (slower) {
      return better.p95TtftSeconds > SLOWER * p95TtftSeconds
          ? "keeps the rules; first tokens come sooner, further ones slower"
          : "keeps the rules, but tokens come slower";
    }
    return "keeps the rules as well";
  }
}
