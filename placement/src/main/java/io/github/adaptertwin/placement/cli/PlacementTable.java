package io.github.adaptertwin.placement.cli;

import io.github.adaptertwin.core.input.VisibleText;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.placement.GpuLoad;
import io.github.adaptertwin.placement.Placement;
import io.github.adaptertwin.placement.capacity.Prediction;
import io.github.adaptertwin.placement.capacity.SharedAdapter;
import io.github.adaptertwin.workload.Workload;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A placement as text that a person can read; its figures are those of the first run of the
 * verification.
 */
final class PlacementTable {
  private static final int LINE_WIDTH = 96;

  /** First tokens after this are worth a word where no rule bounds them. */
  private static final double LATE_SECONDS = 10;

  private static final double GIB = 1L << 30;

  /** Host memory of a GPU that is worth a word: a quarter of its part of 2 TiB for eight cards. */
  private static final double MUCH_HOST_BYTES = 64 * GIB;

  private PlacementTable() {}

  /**
   * Prints a plan.
   *
   * @param pricePerHour what its cards cost, 0 if nobody said
   * @param seconds that planning took
   */
  static void print(
      PrintWriter out, Workload workload, Placement plan, double pricePerHour, double seconds) {
    out.printf(
        Locale.ROOT,
        "%s: %s, %.2f requests/s, %.0f tokens/s offered over %.0f s%n",
        VisibleText.of(plan.baseModel()),
        counted(workload.adapters().size(), "adapter"),
        workload.ratePerSecond(),
        workload.offeredTokensPerSecond(),
        workload.horizonSeconds());
    out.printf(
        Locale.ROOT,
        "needs %s%s (lower bound %d)%s; planned and verified by the twin in %.2f s (%s)%n%n",
        counted(plan.gpus().size(), "GPU"),
        sets(plan),
        plan.bound().gpus(),
        pricePerHour == 0 ? "" : String.format(Locale.ROOT, " at %.2f per hour", pricePerHour),
        seconds,
        counted(plan.assessments(), "candidate"));
    out.printf(
        "%-4s %-15s %8s %5s %4s %9s %17s %8s %8s %9s %8s %8s%n",
        "GPU",
        "kind",
        "adapters",
        "slots",
        "rank",
        "KV tokens",
        "tok/s (of offered)",
        "ITL ms",
        "TTFT ms",
        "p95 TTFT",
        "running",
        "loads/s");
    for (GpuLoad load : plan.gpus()) {
      row(out, load, workload.horizonSeconds());
    }
    out.println();
    for (GpuLoad load : plan.gpus()) {
      out.printf(Locale.ROOT, "GPU %d flags: %s%n", load.index(), load.flags());
      wrapped(out, load.parts());
    }
    for (GpuLoad load : plan.gpus()) {
      double late = load.predicted().p95TtftSeconds();
      if (late > LATE_SECONDS) {
        out.printf(
            Locale.ROOT,
            "note: on GPU %d one request in twenty waits %.0f s or more for its first token; a"
                + " bound on it (--ttft-p95 SECONDS) may need more GPUs%n",
            load.index(),
            late);
      }
    }
    ModelSpec model = Models.named(plan.baseModel());
    hostMemory(out, plan, model);
    if (workload.lengths().maxTotalTokens() > model.maxContext()) {
      out.printf(
          Locale.ROOT,
          "note: the engine refuses requests of more than %,d tokens, the context of %s; the"
              + " longest of the workload have %,d%n",
          model.maxContext(),
          VisibleText.of(model.name()),
          workload.lengths().maxTotalTokens());
    }
    if (plan.truncated()) {
      out.println("note: the effort was spent before the search was over; fewer GPUs may do");
    }
    for (String word : plan.extrapolated()) {
      out.printf("note: %s%n", VisibleText.of(word));
    }
    out.flush();
  }

  /** Adapters stay pinned in the host's memory, which nobody looks at until it is full. */
  private static void hostMemory(PrintWriter out, Placement plan, ModelSpec model) {
    GpuLoad largest = plan.gpus().get(0);
    double most = 0;
    for (GpuLoad load : plan.gpus()) {
      double bytes = load.adapters().stream().mapToDouble(a -> model.adapterBytes(a.rank())).sum();
      if (bytes > most) {
        most = bytes;
        largest = load;
      }
    }
    if (most >= MUCH_HOST_BYTES) {
      out.printf(
          Locale.ROOT,
          "note: the adapters of GPU %d take %.0f GiB or more of pinned host memory;"
              + " --host-memory-gib keeps plans within what there is%n",
          largest.index(),
          most / GIB);
    }
  }

  /** {@return of what GPUs are sets, empty where each is one card} */
  private static String sets(Placement plan) {
    int cards = plan.gpus().stream().mapToInt(gpu -> gpu.flags().tensorParallel()).sum();
    return cards == plan.gpus().size() ? "" : ", sets that make " + counted(cards, "card");
  }

  private static String counted(long count, String noun) {
    return String.format(Locale.ROOT, "%,d %s%s", count, noun, count == 1 ? "" : "s");
  }

  private static void row(PrintWriter out, GpuLoad load, double horizonSeconds) {
    Prediction p = load.predicted();
    out.printf(
        Locale.ROOT,
        "%-4d %-15s %8d %5d %4d ",
        load.index(),
        VisibleText.of(load.gpu().name()),
        load.parts().size(),
        load.flags().maxLoras(),
        load.flags().maxLoraRank());
    if (load.parts().isEmpty() && load.baseTo() == load.baseFrom()) {
      out.println("stands by");
      return;
    }
    out.printf(
        Locale.ROOT,
        "%,9d %9.0f (%5.1f %%) %8.2f %8.1f %9.1f %8.1f %8.3f%n",
        p.kvTokens(),
        p.throughputTokensPerSecond(),
        100 * p.completedShare(),
        1e3 * p.meanItlSeconds(),
        1e3 * p.meanTtftSeconds(),
        1e3 * p.p95TtftSeconds(),
        p.meanRunning(),
        p.hostLoads() / horizonSeconds);
  }

  private static void wrapped(PrintWriter out, List<SharedAdapter> parts) {
    List<String> words = new ArrayList<>();
    for (SharedAdapter part : parts) {
      LoraAdapter adapter = part.traffic().adapter();
      String share =
          part.isWhole() ? "" : String.format(Locale.ROOT, ", %.1f %%", 100 * part.share());
      words.add(VisibleText.of(adapter.id()) + " (r" + adapter.rank() + share + ")");
    }
    StringBuilder line = new StringBuilder("  ");
    for (String word : words) {
      if (line.length() > 2 && line.length() + word.length() > LINE_WIDTH) {
        out.println(line);
        line.setLength(2);
      }
      line.append(word).append("  ");
    }
    out.println(line.toString().stripTrailing());
  }
}
