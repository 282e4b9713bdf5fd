package io.github.adaptertwin.benchmarks;

import io.github.adaptertwin.benchmarks.PlacementStudy.ScenarioResult;
import io.github.adaptertwin.core.input.WholeFile;
import io.github.adaptertwin.placement.Placement;
import io.github.adaptertwin.placement.capacity.SharedAdapter;
import io.github.adaptertwin.placement.pack.PlannedGpu;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.TreeMap;

/** What a placement study prints and writes. */
final class StudyTable {
  private final List<ScenarioResult> results;

  StudyTable(List<ScenarioResult> results) {
    this.results = results;
  }

  /** A plan in one field: for each GPU its slots, rank and adapters, shares behind an at sign. */
  static String planOf(List<PlannedGpu> gpus) {
    StringJoiner plan = new StringJoiner(" | ");
    for (PlannedGpu gpu : gpus) {
      StringJoiner adapters = new StringJoiner(" ");
      for (SharedAdapter part : gpu.traffic().adapters()) {
        String id = part.traffic().adapter().id().replace("adapter-", "");
        adapters.add(part.isWhole() ? id : String.format(Locale.ROOT, "%s@%.4f", id, part.share()));
      }
      plan.add(
          "slots="
              + gpu.flags().maxLoras()
              + " rank="
              + gpu.flags().maxLoraRank()
              + ": "
              + adapters);
    }
    return plan.toString();
  }

  void writeCsv(Path file) throws IOException {
    StringBuilder csv = new StringBuilder();
    csv.append(
        "id,algorithm,outcome,gpus,reference,reference_refuted,gpus_default_rules,lower_bound,"
            + "fractional_bound,gap,starved_gpus,memory_errors,least_share,mean_itl_ms,p95_ttft_ms,"
            + "place_ms,plan\n");
    for (ScenarioResult result : results) {
      for (JudgedPlan row : result.rows().values()) {
        Placement plan = row.algorithm().equals(PlacementStudy.OURS) ? result.plan() : null;
        csv.append(
            String.format(
                Locale.ROOT,
                "%s,%s,%s,%d,%s,%s,%s,%s,%s,%s,%d,%d,%.4f,%.2f,%.1f,%.2f,\"%s\"\n",
                result.scenario().id,
                row.algorithm(),
                row.outcome(),
                row.gpus(),
                result.reference() == 0 ? "" : result.reference(),
                result.refuted(),
                plan == null ? "" : result.defaultRuleGpus(),
                plan == null ? "" : plan.bound().gpus(),
                plan == null
                    ? ""
                    : String.format(Locale.ROOT, "%.3f", plan.bound().fractionalGpus()),
                plan == null ? "" : String.format(Locale.ROOT, "%.3f", plan.gap()),
                row.starvedGpus(),
                row.memoryErrors(),
                row.leastShare(),
                1e3 * row.meanItlSeconds(),
                1e3 * row.p95TtftSeconds(),
                row.placeMillis(),
                row.word().replace('"', '\'')));
      }
    }
    WholeFile.writeText(file, csv.toString());
  }

  void print(PrintStream out) {
    Collection<String> algorithms = results.isEmpty() ? List.of() : results.get(0).rows().keySet();
    out.printf(
        Locale.ROOT,
        "%-28s %6s %6s %6s %9s %8s %8s %9s %11s %10s%n",
        "algorithm",
        "solved",
        "of ref",
        "GPUs",
        "over ref",
        "no plan",
        "memory",
        "starved",
        "one starved",
        "p50 ms");
    for (String algorithm : algorithms) {
      print(out, algorithm);
    }
    if (algorithms.contains(PlacementStudy.OURS)) {
      tellOpen(out);
      last(out);
    }
  }

  private void print(PrintStream out, String algorithm) {
    int solved = 0;
    int withReference = 0;
    double gpus = 0;
    double over = 0;
    int[] failures = new int[4];
    List<Double> millis = new ArrayList<>();
    for (ScenarioResult result : results) {
      JudgedPlan row = result.rows().get(algorithm);
      if (row == null) {
        continue;
      }
      millis.add(row.placeMillis());
      if (row.solved()) {
        solved++;
        gpus += row.gpus();
        if (result.reference() > 0) {
          withReference++;
          over += row.gpus() - result.reference();
        }
      } else {
        int kind = "XMSw".indexOf(row.outcome());
        failures[Math.max(0, kind)]++;
      }
    }
    out.printf(
        Locale.ROOT,
        "%-28s %6d %6d %6.2f %+9.2f %8d %8d %9d %11d %10.2f%n",
        algorithm,
        solved,
        withReference,
        gpus / Math.max(1, solved),
        over / Math.max(1, withReference),
        failures[0],
        failures[1],
        failures[2],
        failures[3],
        percentile(millis, 0.5));
  }

  private void tellOpen(PrintStream out) {
    for (ScenarioResult result : results) {
      JudgedPlan row = result.rows().get(PlacementStudy.OURS);
      if (row == null) {
        continue;
      }
      boolean worse = result.reference() > 0 && row.gpus() > result.reference();
      if (!row.solved() || worse) {
        out.printf(
            Locale.ROOT,
            "open: %s outcome %s, reference %d%s, least share %.3f%s%n",
            result.scenario().id,
            row.outcome(),
            result.reference(),
            result.refuted() ? " (refuted)" : "",
            row.leastShare(),
            row.gpus() == 0 ? ", " + row.word() : "");
      }
    }
  }

  private void last(PrintStream out) {
    Tally tally = new Tally();
    results.forEach(tally::add);
    out.printf(Locale.ROOT, "GPUs under the default rules: %d%n", tally.defaultGpus);
    tellClosed(out);
    out.printf(
        Locale.ROOT,
        "largest load that the twin sustains on a GPU, in GPUs of the optimistic capacity: %.3f%n",
        results.stream().mapToDouble(ScenarioResult::loadOverBound).max().orElse(0));
    out.println(tally.line(results.size()));
  }

  /** The sums of the last line, of our plans. */
  private static final class Tally {
    private int feasible;
    private int solved;
    private int starved;
    private int memory;
    private int gpus;
    private int defaultGpus;
    private int referenceGpus;
    private int worse;
    private int refuted;
    private double gaps;
    private final List<Double> millis = new ArrayList<>();

    void add(ScenarioResult result) {
      JudgedPlan row = result.rows().get(PlacementStudy.OURS);
      if (row == null) {
        return;
      }
      millis.add(row.placeMillis());
      starved += row.starvedGpus();
      memory += row.memoryErrors();
      solved += row.solved() ? 1 : 0;
      gpus += row.gpus();
      defaultGpus += result.defaultRuleGpus();
      Placement plan = result.plan();
      if (plan != null) {
        feasible++;
        gaps += plan.gap();
      }
      if (result.reference() > 0) {
        referenceGpus += result.reference();
        boolean more = row.gpus() == 0 || row.gpus() > result.reference();
        refuted += result.refuted() ? 1 : 0;
        worse += more && !result.refuted() ? 1 : 0;
      }
    }

    String line(int scenarios) {
      return String.format(
          Locale.ROOT,
          "scenarios=%d feasible=%d solved=%d starved_gpus=%d memory_errors=%d gpus=%d"
              + " reference_gpus=%d worse_than_reference=%d reference_refuted=%d mean_gap=%.4f"
              + " place_ms_p50=%.2f place_ms_max=%.2f",
          scenarios,
          feasible,
          solved,
          starved,
          memory,
          gpus,
          referenceGpus,
          worse,
          refuted,
          feasible == 0 ? Double.NaN : gaps / feasible,
          percentile(millis, 0.5),
          percentile(millis, 1));
    }
  }

  /**
   * For each number of GPUs, how many plans the bound closes: they are optimal if the optimistic
   * capacity, whose margin is measured and not proven, holds.
   */
  private void tellClosed(PrintStream out) {
    TreeMap<Integer, int[]> closedAndAll = new TreeMap<>();
    for (ScenarioResult result : results) {
      Placement plan = result.plan();
      if (plan != null) {
        int[] counts = closedAndAll.computeIfAbsent(plan.gpus().size(), gpus -> new int[2]);
        counts[0] += plan.gap() == 0 ? 1 : 0;
        counts[1]++;
      }
    }
    closedAndAll.forEach(
        (gpus, counts) ->
            out.printf(
                Locale.ROOT,
                "plans with %d GPUs that the bound closes: %d of %d%n",
                gpus,
                counts[0],
                counts[1]));
  }

  private static double percentile(List<Double> values, double share) {
    List<Double> sorted = values.stream().sorted().toList();
    return sorted.isEmpty()
        ? Double.NaN
        : sorted.get((int) Math.max(0, Math.ceil(share * sorted.size()) - 1));
  }
}
