package io.github.adaptertwin.placement.report;

import io.github.adaptertwin.core.picture.Chart;
import io.github.adaptertwin.core.report.AdapterReport;
import io.github.adaptertwin.core.report.LatencySummary;
import io.github.adaptertwin.core.report.ReplicaReport;
import io.github.adaptertwin.core.report.TimeSplit;
import io.github.adaptertwin.core.report.Verdict;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.placement.GpuLoad;
import io.github.adaptertwin.placement.PlacementOptions;
import io.github.adaptertwin.placement.capacity.SharedAdapter;
import java.util.ArrayList;
import java.util.List;

/** The part of the page that tells of one GPU. */
final class GpuSection {
  private static final double GIB = 1L << 30;

  private GpuSection() {}

  static void write(Page page, GpuLoad load, TwinRun run, PlacementOptions options, boolean open) {
    ReplicaReport report = run.report();
    page.raw(
        "<details class=\"gpu\"" + (open ? " open" : "") + " id=\"gpu-" + load.index() + "\">");
    page.raw("<summary><h2>").text("GPU " + load.index() + ", " + PlanPage.kind(load));
    page.raw("</h2> <span>")
        .text(
            load.parts().size()
                + " adapters, "
                + Page.percent(report.completedShare())
                + " of the offered tokens")
        .raw("</span></summary>\n");
    flags(page, load.flags().toString());
    figures(page, load, run);
    page.raw("<div class=\"charts\">\n");
    for (Chart chart : GpuCharts.of(load, run)) {
      page.raw("<figure>").raw(chart.toSvg()).raw("</figure>\n");
    }
    page.raw("</div>\n");
    if (run.residency().copies() == 0) {
      page.paragraph(
          "No adapter was copied during the run: whoever had requests stayed in its slot.");
    }
    latencies(page, report);
    page.raw("<ul class=\"verdicts\">\n");
    for (Verdict verdict : run.verdicts(options.rules())) {
      page.raw("<li class=\"" + (verdict.feasible() ? "kept" : "broken") + "\">")
          .text((verdict.feasible() ? "kept: " : "broken: ") + verdict.rule() + ", ")
          .text(verdict.reason())
          .raw("</li>\n");
    }
    page.raw("</ul>\n");
    adapters(page, load, run);
    page.raw("</details>\n");
  }

  /** A line breaks between flags, not inside one, where a copy of it would not run. */
  private static void flags(Page page, String flags) {
    page.raw("<pre>");
    int from = 0;
    while (from >= 0) {
      int next = flags.indexOf(" --", from + 1);
      page.raw(from == 0 ? "<span>" : " <span>");
      page.text(flags.substring(from, next < 0 ? flags.length() : next).strip()).raw("</span>");
      from = next;
    }
    page.raw("</pre>\n");
  }

  private static void figures(Page page, GpuLoad load, TwinRun run) {
    ReplicaReport report = run.report();
    TimeSplit time = report.time();
    double whole = report.durationSeconds();
    page.raw("<div class=\"tiles\">\n");
    page.tile(
        "offered",
        Page.number(report.idealThroughputTokensPerSecond(), 0) + " tok/s",
        "sustained " + Page.number(report.throughputTokensPerSecond(), 0));
    page.tile(
        "KV cache",
        Page.percent(report.kvUse().mean()) + " in use",
        Page.count(run.memory().kvTokens())
            + " tokens, most "
            + Page.percent(report.kvUse().max()));
    page.tile(
        "slots",
        load.flags().maxLoras() + " of rank " + load.flags().maxLoraRank(),
        Page.number(run.memory().loraBytes() / GIB, 2)
            + " GiB, "
            + Page.number(report.distinctAdapters().mean(), 1)
            + " adapters in a batch");
    page.tile(
        "copies into slots",
        Page.count(report.engine().hostLoads()),
        Page.percent(time.loading() / whole) + " of the time");
    page.tile(
        "time",
        Page.percent(time.compute() / whole) + " on the GPU",
        Page.percent(time.scheduling() / whole)
            + " scheduling, "
            + Page.percent(time.idle() / whole)
            + " idle");
    page.tile(
        "start",
        Page.duration(run.memory().startSeconds()),
        report.engine().preemptions() + " preemptions over the run");
    page.raw("</div>\n");
  }

  private static void latencies(Page page, ReplicaReport report) {
    page.table(List.of(" latency", "mean", "p50", "p90", "p95", "p99", "max"));
    latency(page, " time to first token", report.ttft());
    latency(page, " inter-token latency", report.itl());
    latency(page, " end to end", report.endToEnd());
    page.endTable();
  }

  private static void latency(Page page, String name, LatencySummary l) {
    List<String> cells = new ArrayList<>();
    cells.add(name);
    for (double value : new double[] {l.mean(), l.p50(), l.p90(), l.p95(), l.p99(), l.max()}) {
      cells.add(Page.duration(value));
    }
    page.row(cells);
  }

  private static void adapters(Page page, GpuLoad load, TwinRun run) {
    page.table(
        List.of(
            "#",
            " adapter",
            "rank",
            "requests/s",
            "share",
            "completed",
            "of offered",
            "mean TTFT",
            "copies"));
    List<AdapterReport> reports = run.report().adapters();
    for (int i = 0; i < load.parts().size(); i++) {
      SharedAdapter part = load.parts().get(i);
      LoraAdapter adapter = part.traffic().adapter();
      AdapterReport r = reports.get(i);
      page.row(
          List.of(
              Integer.toString(i),
              " " + adapter.id(),
              Integer.toString(adapter.rank()),
              Page.number(part.ratePerSecond(), 4),
              Page.percent(part.share()),
              Page.count(r.completed()),
              Page.percent(r.completedShare()),
              Page.duration(r.meanTtftSeconds()),
              Page.count(r.hostLoads())));
    }
    page.endTable();
  }
}
