package io.github.adaptertwin.placement.report;

import com.google.common.collect.ImmutableList;
import com.google.common.io.Resources;
import io.github.adaptertwin.core.input.WholeFile;
import io.github.adaptertwin.core.progress.Progress;
import io.github.adaptertwin.placement.GpuLoad;
import io.github.adaptertwin.placement.Placement;
import io.github.adaptertwin.placement.PlacementOptions;
import io.github.adaptertwin.surrogate.serving.ServingTwin;
import io.github.adaptertwin.workload.Workload;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

/**
 * A plan as one page of HTML without a script and without anything from the network: it opens from
 * disk, is light or dark as the reader prefers, and prints. Its figures come from runs of the twin
 * on requests that neither planning nor verification has used. Equal inputs give equal bytes.
 * Immutable and thread-safe.
 */
public final class PlanReport {
  private final String html;

  private PlanReport(String html) {
    this.html = html;
  }

  /**
   * Runs every GPU of a plan on the twin, with other numbers of slots where it is most loaded, and
   * under growing traffic, for which it plans anew.
   *
   * @param workload what was planned
   * @param plan the plan
   * @param options with which it was planned; its progress listener hears of this work, too
   * @return the report
   * @throws IllegalArgumentException if an adapter of the plan is not in the workload, or an engine
   *     of the plan does not start
   */
  public static PlanReport of(Workload workload, Placement plan, PlacementOptions options) {
    Progress progress = options.progress();
    TwinRuns runs = new TwinRuns(workload, options);
    ImmutableList.Builder<TwinRun> served = ImmutableList.builder();
    for (GpuLoad load : plan.gpus()) {
      TwinRuns.Counted counted = runs.run(load, load.flags());
      if (!(counted.outcome() instanceof ServingTwin.Outcome.Served s)) {
        throw new IllegalArgumentException(
            "GPU "
                + load.index()
                + " of the plan: "
                + ((ServingTwin.Outcome.Refused) counted.outcome()).refusal().message());
      }
      served.add(new TwinRun(s.memory(), s.report(), counted.residency()));
      progress.done("GPUs run for the report", load.index() + 1L, plan.gpus().size());
    }
    List<TwinRun> all = served.build();
    // Where there is a single adapter, no other number of slots could have been chosen.
    GpuLoad fullest =
        plan.gpus().stream()
            .max(
                Comparator.comparing((GpuLoad g) -> g.parts().size() > 1)
                    .thenComparing(g -> all.get(g.index()).report().kvUse().mean()))
            .orElseThrow();
    List<OtherSettings> others = OtherSettings.of(fullest, runs, options);
    Sensitivity sensitivity = Sensitivity.of(workload, plan, options);
    PlanPage page = new PlanPage(workload, plan, options, all);
    return new PlanReport(page.render(style(), fullest, others, sensitivity));
  }

  private static String style() {
    try {
      return Resources.toString(
          Resources.getResource(PlanReport.class, "report.css"), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** {@return the page} */
  public String toHtml() {
    return html;
  }

  /**
   * Writes the page, whole or not at all.
   *
   * @param file to create or replace
   * @throws IOException if it cannot be written
   */
  public void write(Path file) throws IOException {
    WholeFile.writeText(file, html);
  }
}
