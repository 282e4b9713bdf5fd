package io.github.adaptertwin.benchmarks;

import io.github.adaptertwin.benchmarks.FidelityScore.Replayed;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/** Prints the errors of replayed runs by model and load regime. */
final class FidelityTable {
  private static final int WORST = 10;

  private final PrintStream out;

  FidelityTable(PrintStream out) {
    this.out = out;
  }

  void print(List<Replayed> all, double seconds) {
    out.printf(
        Locale.ROOT,
        "%-40s %5s %10s %6s %6s %6s %9s %7s %6s%n",
        "smape_paper",
        "runs",
        "throughput",
        "ITL",
        "TPOT",
        "TTFT",
        "unfinish.",
        "running",
        "KV");
    TreeMap<String, List<Replayed>> groups = new TreeMap<>();
    for (Replayed r : all) {
      if (r.run().started()) {
        groups.computeIfAbsent(r.run().model(), k -> new ArrayList<>()).add(r);
        groups
            .computeIfAbsent(r.run().model() + ", " + r.loadRegime(), k -> new ArrayList<>())
            .add(r);
        groups.computeIfAbsent("both, " + r.loadRegime(), k -> new ArrayList<>()).add(r);
      }
    }
    groups.forEach((name, rows) -> row(name, FidelityScore.of(rows)));
    FidelityScore total = FidelityScore.of(all);
    row("all", total);
    starvation(all);
    memory(all);
    worst(all);
    out.printf(
        Locale.ROOT,
        "runs=%d smape_paper throughput=%.2f itl=%.2f ttft_completed=%.2f"
            + " ttft_with_unfinished=%.2f starved_agreement=%.4f memory_verdicts=%.4f"
            + " seconds=%.1f%n",
        all.size(),
        total.throughput(),
        total.itl(),
        total.ttftCompleted(),
        total.ttftWithUnfinished(),
        FidelityScore.starvedAgreement(all),
        FidelityScore.memoryVerdicts(all),
        seconds);
  }

  private void row(String name, FidelityScore s) {
    out.printf(
        Locale.ROOT,
        "%-40s %5d %10.2f %6.2f %6.2f %6.2f %9.2f %7.2f %6.2f%n",
        name,
        s.runs(),
        s.throughput(),
        s.itl(),
        s.tpot(),
        s.ttftCompleted(),
        s.ttftWithUnfinished(),
        s.running(),
        s.kvUse());
  }

  private void starvation(List<Replayed> all) {
    List<Replayed> near = all.stream().filter(r -> r.run().started() && r.nearThreshold()).toList();
    List<Replayed> far = all.stream().filter(r -> r.run().started() && !r.nearThreshold()).toList();
    out.printf(
        Locale.ROOT,
        "starved or not, more than 3 %% from the threshold: right in %d of %d%n",
        far.stream().filter(Replayed::starvedAgrees).count(),
        far.size());
    far.stream()
        .filter(r -> !r.starvedAgrees())
        .forEach(r -> out.println("  wrong: " + r.run().id()));
    out.printf(
        Locale.ROOT,
        "starved or not, within 3 %% of it: right in %d of %d, Brier score of the probability"
            + " %.3f (all runs: %.4f)%n",
        near.stream().filter(Replayed::starvedAgrees).count(),
        near.size(),
        FidelityScore.brier(near),
        FidelityScore.brier(all.stream().filter(r -> r.run().started()).toList()));
  }

  private void memory(List<Replayed> all) {
    int[][] counts = new int[2][2];
    for (Replayed r : all) {
      boolean saysStarts = r.run().started() == r.memoryVerdict();
      counts[r.run().started() ? 1 : 0][saysStarts ? 1 : 0]++;
    }
    out.printf(
        Locale.ROOT,
        "memory verdicts: started and said to start %d, started but said to refuse %d, refused"
            + " but said to start %d, refused and said to refuse %d%n",
        counts[1][1],
        counts[1][0],
        counts[0][1],
        counts[0][0]);
  }

  private void worst(List<Replayed> all) {
    out.println("worst runs (mean of throughput / .9, ITL / 2 and TTFT / 6):");
    all.stream()
        .filter(r -> r.run().started())
        .sorted(Comparator.comparingDouble(FidelityTable::badness).reversed())
        .limit(WORST)
        .forEach(
            r -> {
              FidelityScore s = FidelityScore.of(List.of(r));
              out.printf(
                  Locale.ROOT,
                  "  %-90s throughput %.1f, ITL %.1f, TTFT %.1f %s%n",
                  r.run().id(),
                  s.throughput(),
                  s.itl(),
                  s.ttftCompleted(),
                  r.problem());
            });
  }

  private static double badness(Replayed r) {
    FidelityScore s = FidelityScore.of(List.of(r));
    double sum = s.throughput() / 0.9 + s.itl() / 2 + s.ttftCompleted() / 6;
    return Double.isNaN(sum) ? 0 : sum;
  }
}
