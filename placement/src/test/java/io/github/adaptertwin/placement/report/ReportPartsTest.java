package io.github.adaptertwin.placement.report;

import static io.github.adaptertwin.placement.Workloads.H100;
import static io.github.adaptertwin.placement.Workloads.LLAMA;
import static io.github.adaptertwin.placement.Workloads.traffic;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.engine.AdapterTier;
import io.github.adaptertwin.core.report.AdapterReport;
import io.github.adaptertwin.core.report.Estimate;
import io.github.adaptertwin.core.report.FeasibilityRule;
import io.github.adaptertwin.core.report.LatencySummary;
import io.github.adaptertwin.core.report.ReplicaReport;
import io.github.adaptertwin.core.request.RequestTrace;
import io.github.adaptertwin.core.time.SimulatedTime;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.placement.GpuLoad;
import io.github.adaptertwin.placement.Placement;
import io.github.adaptertwin.placement.PlacementOptions;
import io.github.adaptertwin.placement.bound.LowerBound;
import io.github.adaptertwin.placement.capacity.Prediction;
import io.github.adaptertwin.placement.capacity.SharedAdapter;
import io.github.adaptertwin.surrogate.serving.ServingTwin;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.arrival.ArrivalLaw;
import io.github.adaptertwin.workload.length.FixedLengths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a reader of the report relies on: every figure is that of the run that it speaks of. */
class ReportPartsTest {
  private static final String DASH = "\u2013";
  private static final PlacementOptions OPTIONS =
      PlacementOptions.builder()
          .oracle(PlacementOptions.Oracle.STEADY_STATE)
          .rules(List.of(FeasibilityRule.THROUGHPUT_90, new FeasibilityRule.TtftBound(95, 10)))
          .bounded(false)
          .verificationReplications(1)
          .build();

  /** Six adapters, four of them in two slots on the first GPU; the third one stands by. */
  private static final Workload WORKLOAD =
      Workload.of(LLAMA, traffic(6, 0.5, 0.2, 0.1), new FixedLengths(250, 60), 600);

  private static final Placement PLAN = plan(load(0, 2, 0, 1, 2, 3), load(1, 2, 4, 5), load(2, 2));

  private static List<TwinRun> runs;
  private static String html;

  private static GpuLoad load(int index, int slots, int... members) {
    List<SharedAdapter> parts =
        Arrays.stream(members)
            .mapToObj(i -> SharedAdapter.whole(WORKLOAD.adapters().get(i)))
            .toList();
    return load(index, slots, parts);
  }

  private static GpuLoad load(int index, int slots, List<SharedAdapter> parts) {
    double nan = Double.NaN;
    Estimate open = new Estimate(nan, nan, 0);
    return new GpuLoad(
        index,
        H100,
        parts,
        0,
        0,
        EngineFlags.builder()
            .maxLoras(slots)
            .maxCpuLoras(Math.max(slots, parts.size()))
            .maxLoraRank(16)
            .maxModelLen(1024)
            .build(),
        new Prediction(0, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, List.of()),
        new GpuLoad.Verified(0, open, open, open, open));
  }

  private static Placement plan(GpuLoad... gpus) {
    return new Placement(
        LLAMA, List.of(gpus), new LowerBound(1.5, 2, "by hand"), 17, false, List.of("a <rank>"));
  }

  private static TwinRun run(Workload workload, GpuLoad load) {
    TwinRuns.Counted counted = new TwinRuns(workload, OPTIONS).run(load, load.flags());
    ServingTwin.Outcome.Served served = (ServingTwin.Outcome.Served) counted.outcome();
    return new TwinRun(served.memory(), served.report(), counted.residency());
  }

  private static String page(Placement plan, List<TwinRun> runs, OtherSettings... others) {
    Sensitivity sensitivity =
        new Sensitivity(
            List.of(
                new Sensitivity.Growth(1, 0, 0.995, 1.5, "3 GPUs"),
                new Sensitivity.Growth(1.1, 2, 0.5, Double.NaN, "4 GPUs")),
            "No plan: too few.");
    return new PlanPage(WORKLOAD, plan, OPTIONS, runs)
        .render("/* style */", plan.gpus().get(0), List.of(others), sensitivity);
  }

  @BeforeAll
  static void run_the_plan() {
    runs = PLAN.gpus().stream().map(load -> run(WORKLOAD, load)).toList();
    html =
        page(
            PLAN,
            runs,
            new OtherSettings(1, false, 0, Double.NaN, Double.NaN, Double.NaN, "too large"),
            new OtherSettings(2, true, 1234, 0.99, 0.01, 0.5, ""),
            new OtherSettings(4, false, 1000, 0.98, 0.02, 0.5, ""));
  }

  private static List<String> all(String pattern, String text) {
    List<String> found = new ArrayList<>();
    Matcher matcher = Pattern.compile(pattern, Pattern.DOTALL).matcher(text);
    while (matcher.find()) {
      found.add(matcher.group(1));
    }
    return found;
  }

  /** Rows of the n-th table, cells joined by bars. */
  private static List<String> table(String text, int n) {
    String body = all("<table>(.*?)</table>", text).get(n);
    return all("<tr[^>]*>(.*?)</tr>", body).stream()
        .map(row -> String.join(" | ", all("<t[dh][^>]*>(.*?)</t[dh]>", row)))
        .toList();
  }

  /** Tiles as name: value (note). */
  private static List<String> tiles(String text) {
    return all(
            "<div class=\"tile\">(<div class=\"name\">.*?</div><div class=\"value\">.*?</div><div"
                + " class=\"note\">.*?</div>)",
            text)
        .stream()
        .map(
            tile ->
                tile.replaceAll(
                    "<div class=\"name\">(.*?)</div><div class=\"value\">(.*?)</div><div"
                        + " class=\"note\">(.*?)</div>",
                    "$1: $2 ($3)"))
        .toList();
  }

  @ParameterizedTest
  @CsvSource({
    "0.0004, 0.4 ms",
    "0.0999, 99.9 ms",
    "0.1, 100 ms",
    "0.95, 950 ms",
    "1, 1.00 s",
    "9.99, 9.99 s",
    "10, 10.0 s",
    "119.9, 119.9 s",
    "120, 2.0 min",
    "3600, 60.0 min",
    "NaN, \u2013",
    "Infinity, \u2013"
  })
  void durations_are_in_the_unit_that_people_use(double seconds, String words) {
    assertEquals(words, Page.duration(seconds));
  }

  @Test
  void numbers_are_grouped_and_what_is_none_is_a_dash() {
    assertEquals("1,234.57", Page.number(1234.567, 2));
    assertEquals("1,235", Page.number(1234.567, 0));
    assertEquals(DASH, Page.number(Double.NaN, 2));
    assertEquals("1,234,567", Page.count(1_234_567));
    assertEquals("12.3 %", Page.percent(0.1234));
    assertEquals(DASH, Page.percent(Double.NaN));
  }

  @Test
  void markup_is_escaped_and_controls_are_shown() {
    assertEquals(
        "&lt;a b=&quot;c&quot;&gt; &amp; ' \n\t\ufffd",
        new Page().text("<a b=\"c\"> & ' \n\t\u0001").toString());
    assertEquals("<h2>a &amp; b</h2>\n", new Page().heading(2, "a & b").toString());
    assertEquals("<p>&lt;</p>\n", new Page().paragraph("<").toString());
  }

  @Test
  void columns_of_words_and_rows_have_their_class() {
    String table =
        new Page()
            .table(List.of("n", " who"))
            .row(List.of("1", " <a>"))
            .row("kept", List.of("2", " b"))
            .endTable()
            .toString();
    assertEquals(
        "<div class=\"wide\"><table><thead><tr><th>n</th><th class=\"words\">who</th></tr></thead>"
            + "<tbody>\n<tr><td>1</td><td class=\"words\">&lt;a&gt;</td></tr>\n<tr class=\"kept\">"
            + "<td>2</td><td class=\"words\">b</td></tr>\n</tbody></table></div>\n",
        table);
  }

  private static long picos(double seconds) {
    return SimulatedTime.toPicos(seconds);
  }

  /** Two of three adapters begin in a slot: 1 and 2. Three intervals of two seconds. */
  @Test
  void residency_is_counted_to_the_end_of_the_intervals() {
    AdapterResidency residency = new AdapterResidency(3, 2, 3, 2);
    residency.loaded(0, AdapterTier.DISK, 0, picos(0.5));
    residency.evicted(1, 0, picos(2));
    residency.loaded(0, AdapterTier.HOST_MEMORY, 0, picos(3));
    residency.evicted(0, 0, picos(9));
    residency.loaded(1, AdapterTier.HOST_MEMORY, 0, picos(10));
    residency.close();
    residency.close();
    double[][] shares = {{0, 0.5, 1}, {1, 0, 0}, {1, 1, 1}};
    for (int a = 0; a < 3; a++) {
      for (int i = 0; i < 3; i++) {
        assertEquals(shares[a][i], residency.share(a, i), 1e-12, a + " in " + i);
      }
    }
    assertEquals(2, residency.copies(), "what comes from disk is no copy into a slot");
    assertEquals(3, residency.adapters());
    assertEquals(3, residency.intervals());
    assertEquals(4, residency.startSeconds(2));
    assertEquals(0, new AdapterResidency(0, 2, 3, 2).intervals());
  }

  @Test
  void a_scaled_workload_keeps_its_laws() {
    Workload workload =
        Workload.of(
                LLAMA,
                List.of(
                    new AdapterTraffic(
                        WORKLOAD.adapters().get(0).adapter(), ArrivalLaw.gamma(2, 3))),
                new FixedLengths(250, 60),
                600)
            .withBaseModelRequests(ArrivalLaw.gamma(4, 5));
    Workload half = ScaledWorkload.of(workload, 0.5);
    assertEquals(1, half.adapters().get(0).ratePerSecond(), 1e-12);
    assertEquals(3, half.adapters().get(0).arrivals().gapCv(), 1e-12);
    assertEquals(2, half.baseModelArrivals().orElseThrow().ratePerSecond(), 1e-12);
    assertEquals(5, half.baseModelArrivals().orElseThrow().gapCv(), 1e-12);
    assertEquals(600, half.horizonSeconds());
    RequestTrace.Builder requests = RequestTrace.builder(1);
    requests.add(picos(1), 0, 7, 8).add(picos(4), -1, 9, 10);
    RequestTrace fast =
        ScaledWorkload.of(
                Workload.recorded(
                    LLAMA, traffic(1, 1.0), new FixedLengths(8, 9), 10, requests.build()),
                2)
            .generate(0, 0);
    RequestTrace.Builder twice = RequestTrace.builder(1);
    twice.add(picos(0.5), 0, 7, 8).add(picos(2), -1, 9, 10);
    assertEquals(twice.build(), fast);
  }

  private static List<Integer> tried(GpuLoad load, PlacementOptions options) {
    return OtherSettings.of(load, new TwinRuns(WORKLOAD, options), options).stream()
        .map(OtherSettings::slots)
        .toList();
  }

  /** As many slots as adapters, those of the grid up to twice as many, and of more the nearest. */
  @Test
  void other_numbers_of_slots_are_those_near_the_chosen_one() {
    GpuLoad four = PLAN.gpus().get(0);
    assertEquals(
        List.of(2, 4, 8), tried(four, PlacementOptions.builder().slotsGrid(2, 8, 9, 16).build()));
    assertEquals(List.of(2, 3, 4), tried(four, PlacementOptions.builder().slotsGrid(3, 9).build()));
    GpuLoad ten =
        load(
            0,
            10,
            IntStream.range(0, 6)
                .mapToObj(i -> SharedAdapter.whole(WORKLOAD.adapters().get(i)))
                .toList());
    int[] grid = IntStream.rangeClosed(1, 20).toArray();
    // Of nineteen others eight: as far below as above, the smaller one first to go if farther.
    assertEquals(
        List.of(6, 7, 8, 9, 10, 11, 12, 13, 14),
        tried(ten, PlacementOptions.builder().slotsGrid(grid).build()));
    assertEquals(
        List.of(1, 2), tried(PLAN.gpus().get(2), PlacementOptions.builder().slotsGrid(9).build()));
  }

  @Test
  void other_settings_are_judged_by_the_twin() {
    GpuLoad load = PLAN.gpus().get(0);
    List<OtherSettings> settings =
        OtherSettings.of(
            load,
            new TwinRuns(WORKLOAD, OPTIONS),
            PlacementOptions.builder()
                .rules(
                    List.of(new FeasibilityRule.ItlBound(50, 1e-4), FeasibilityRule.QUEUE_STABLE))
                .slotsGrid(2)
                .build());
    OtherSettings chosen = settings.get(0);
    assertTrue(chosen.chosen());
    assertFalse(settings.get(1).chosen());
    ReplicaReport report = runs.get(0).report();
    assertEquals(report.completedShare(), chosen.completedShare());
    assertEquals(report.itl().mean(), chosen.meanItlSeconds());
    assertEquals(report.ttft().p95(), chosen.p95TtftSeconds());
    assertEquals(runs.get(0).memory().kvTokens(), chosen.kvTokens());
    assertTrue(chosen.kvTokens() > settings.get(1).kvTokens(), "more slots leave less cache");
    assertTrue(chosen.rejected().contains("at most 0.000 s wanted"), chosen.rejected());
    // Slots that do not start are told in the words of memory.
    OtherSettings huge =
        OtherSettings.of(load(0, 4000, 0, 1), new TwinRuns(WORKLOAD, OPTIONS), OPTIONS).stream()
            .filter(OtherSettings::chosen)
            .findFirst()
            .orElseThrow();
    assertEquals(0, huge.kvTokens());
    assertTrue(Double.isNaN(huge.completedShare()) && !huge.rejected().isEmpty());
  }

  private static Sensitivity sensitivity(Placement plan, FeasibilityRule... rules) {
    PlacementOptions.Builder options =
        PlacementOptions.builder()
            .oracle(PlacementOptions.Oracle.STEADY_STATE)
            .bounded(false)
            .mostAssessments(2)
            .verificationReplications(1);
    return Sensitivity.of(
        WORKLOAD, plan, (rules.length == 0 ? options : options.rules(List.of(rules))).build());
  }

  @Test
  void growth_is_judged_for_every_gpu_and_planned_anew() {
    Sensitivity calm = sensitivity(PLAN);
    assertEquals(
        List.of(1.0, 1.1, 1.2, 1.5),
        calm.growth().stream().map(Sensitivity.Growth::factor).toList());
    assertEquals("3 GPUs", calm.growth().get(0).needed(), "the plan itself");
    assertEquals("1 GPU", calm.growth().get(1).needed(), "two requests a second");
    assertEquals(0, calm.growth().get(0).gpusInTrouble());
    double least =
        Math.min(runs.get(0).report().completedShare(), runs.get(1).report().completedShare());
    assertEquals(least, calm.growth().get(0).leastShare(), 1e-12);
    assertEquals(
        Math.max(runs.get(0).report().ttft().p95(), runs.get(1).report().ttft().p95()),
        calm.growth().get(0).worstP95TtftSeconds(),
        1e-12);
    assertEquals("A plan with 1 GPU was found when asked for so few.", calm.oneLess());
  }

  @Test
  void trouble_is_counted_by_gpu() {
    Sensitivity never = sensitivity(PLAN, new FeasibilityRule.ItlBound(50, 1e-4));
    assertEquals(2, never.growth().get(0).gpusInTrouble(), "who stands by is in none");
    assertTrue(never.growth().get(1).needed().startsWith("the effort is spent"));
    assertTrue(never.oneLess().startsWith("No plan: the effort is spent"), never.oneLess());
    assertTrue(never.oneLess().endsWith("."), never.oneLess());
    Sensitivity large = sensitivity(plan(load(0, 4000, 0, 1), load(1, 4, 2, 3, 4, 5)));
    assertEquals(1, large.growth().get(0).gpusInTrouble());
    assertEquals(0, large.growth().get(0).leastShare());
    assertEquals(
        "The plan has a single GPU.", sensitivity(plan(load(0, 6, 0, 1, 2, 3, 4, 5))).oneLess());
    Sensitivity idle = sensitivity(plan(load(0, 6, 0, 1, 2, 3, 4, 5), load(1, 2)));
    assertFalse(Double.isNaN(idle.growth().get(0).worstP95TtftSeconds()));
    assertEquals("2 GPUs", idle.growth().get(0).needed());
  }

  @Test
  void the_top_of_the_page_tells_the_plan_at_a_glance() {
    assertTrue(html.startsWith("<!DOCTYPE html>\n<html lang=\"en\">"));
    assertEquals("AdapterTwin: 3 GPUs for " + LLAMA, all("<title>(.*?)</title>", html).get(0));
    assertEquals(List.of("3 GPUs for " + LLAMA), all("<h1>(.*?)</h1>", html));
    // .5, .2 and .1 requests a second, twice; 310 tokens each.
    assertTrue(
        html.contains(
            "<p>6 adapters, 1.60 requests/s, 496 input and output tokens/s over 10.0 min</p>"));
    double offered =
        runs.stream().mapToDouble(r -> r.report().idealThroughputTokensPerSecond()).sum();
    double done = runs.stream().mapToDouble(r -> r.report().throughputTokensPerSecond()).sum();
    double slowest = Math.max(runs.get(0).report().ttft().p95(), runs.get(1).report().ttft().p95());
    assertEquals(
        List.of(
            "GPUs: 3 (3 x h100-80gb-sxm)",
            "lower bound: 2 GPUs (gap 50.0 %; method: by hand)",
            "verdict: all rules kept (THROUGHPUT_90, TTFT_BOUND)",
            "sustained: " + Page.number(done, 0) + " tok/s (of " + Page.number(offered, 0) + ")",
            "slowest first token: " + Page.duration(slowest) + " (p95 of the GPU with the largest)",
            "search: 17 candidates (run to its end)"),
        tiles(html).subList(0, 6));
    assertTrue(html.contains("<p>Not measured: a &lt;rank&gt;</p>"));
    assertTrue(
        html.contains("(seed " + OPTIONS.seed() + ", engine " + OPTIONS.engineVersion() + ")"));
    assertTrue(html.contains("<style>\n/* style */</style>"));
    assertTrue(html.endsWith("</footer>\n</main>\n</body>\n</html>\n"));
  }

  @Test
  void a_plan_in_trouble_and_a_search_that_was_cut_short_are_told() {
    PlacementOptions strict =
        PlacementOptions.builder().rules(List.of(new FeasibilityRule.ItlBound(50, 1e-4))).build();
    Placement cut =
        new Placement(
            LLAMA, PLAN.gpus().subList(0, 1), new LowerBound(1, 1, "test"), 1, true, List.of());
    String page =
        new PlanPage(WORKLOAD, cut, strict, runs.subList(0, 1))
            .render(
                "",
                cut.gpus().get(0),
                List.of(new OtherSettings(2, true, 1, 1, 1, 1, "")),
                new Sensitivity(List.of(), "Alone."));
    List<String> tiles = tiles(page);
    assertEquals("lower bound: 1 GPU (gap 0.0 %; method: test)", tiles.get(1));
    assertEquals("verdict: 1 GPU in trouble (ITL_BOUND)", tiles.get(2));
    assertEquals("search: 1 candidate (cut short: effort was spent)", tiles.get(5));
    assertEquals(List.of("1 GPU for " + LLAMA), all("<h1>(.*?)</h1>", page));
    assertTrue(page.contains("<p>Nothing: no GPU serves more adapters than it has slots for"));
    assertTrue(page.contains("<p>With one GPU less: Alone.</p>"));
    assertTrue(page.contains("<li class=\"broken\">broken: ITL_BOUND, "));
  }

  @Test
  void every_gpu_has_its_row_with_the_figures_of_its_run() {
    List<String> rows = table(html, 0);
    assertEquals(
        "GPU | kind | adapters | slots | rank | KV tokens | offered tok/s | sustained | share |"
            + " mean ITL | p95 TTFT | copies",
        rows.get(0));
    int[] adapters = {4, 2, 0};
    for (int g = 0; g < 3; g++) {
      ReplicaReport report = runs.get(g).report();
      assertEquals(
          g
              + " | h100-80gb-sxm | "
              + adapters[g]
              + " | 2 | 16 | "
              + Page.count(runs.get(g).memory().kvTokens())
              + " | "
              + Page.number(report.idealThroughputTokensPerSecond(), 0)
              + " | "
              + Page.number(report.throughputTokensPerSecond(), 0)
              + " | "
              + Page.percent(report.completedShare())
              + " | "
              + Page.duration(report.itl().mean())
              + " | "
              + Page.duration(report.ttft().p95())
              + " | "
              + Page.count(report.engine().hostLoads()),
          rows.get(1 + g));
    }
    assertTrue(runs.get(0).report().engine().hostLoads() > 10, "four adapters in two slots");
    assertEquals(0, runs.get(1).report().engine().hostLoads());
  }

  @Test
  void growth_and_rejected_settings_are_tables_with_a_class_for_each_row() {
    assertEquals(
        List.of(
            "traffic | GPUs in trouble | least share | worst p95 TTFT | a new plan needs",
            "as planned | 0 | 99.5 % | 1.50 s | 3 GPUs",
            "+10 % | 2 | 50.0 % | " + DASH + " | 4 GPUs"),
        table(html, 1));
    assertTrue(html.contains("<p>With one GPU less: No plan: too few.</p>"));
    assertTrue(
        html.contains(
            "<p>GPU 0, the fullest KV cache of those with several adapters, with the same adapters"
                + " and other numbers of slots:</p>"));
    assertEquals(
        List.of(
            "slots | KV tokens | share | mean ITL | p95 TTFT | verdict of the twin",
            "1 | " + DASH + " | " + DASH + " | " + DASH + " | " + DASH + " | too large",
            "2 | 1,234 | 99.0 % | 10.0 ms | 500 ms | chosen",
            "4 | 1,000 | 98.0 % | 20.0 ms | 500 ms | keeps the rules, but tokens come slower"),
        table(html, 2));
    List<String> bodies = all("<tbody>(.*?)</tbody>", html);
    assertEquals(List.of("kept", "broken"), all("<tr class=\"(\\w+)\">", bodies.get(1)));
    assertEquals(List.of("broken", "chosen"), all("<tr class=\"(\\w+)\">", bodies.get(2)));
    // A chosen setting that breaks a rule on these requests is not called chosen.
    String broken =
        page(
            plan(PLAN.gpus().get(0)),
            runs.subList(0, 1),
            new OtherSettings(2, true, 1234, 0.8, 0.01, 0.5, "late"),
            new OtherSettings(4, false, 1000, 0.98, 0.01, 0.5, ""));
    assertTrue(table(broken, 2).get(1).endsWith("| late"));
    assertTrue(broken.contains("<p>GPU 0 with the same adapters and other numbers of slots:</p>"));
  }

  private static String section(int gpu) {
    return all("<details class=\"gpu\"[^>]* id=\"gpu-" + gpu + "\">(.*?)</details>", html).get(0);
  }

  @Test
  void a_section_tells_the_run_of_its_gpu() {
    for (int g = 0; g < 3; g++) {
      String section = section(g);
      GpuLoad load = PLAN.gpus().get(g);
      TwinRun run = runs.get(g);
      ReplicaReport report = run.report();
      double whole = report.durationSeconds();
      assertEquals(List.of("GPU " + g + ", h100-80gb-sxm"), all("<h2>(.*?)</h2>", section));
      assertTrue(
          section.contains(
              "<span>"
                  + load.parts().size()
                  + " adapters, "
                  + Page.percent(report.completedShare())
                  + " of the offered tokens</span>"));
      assertEquals(
          load.flags().toString(),
          String.join(" ", all("<span>(--.*?)</span>", all("<pre>(.*?)</pre>", section).get(0))));
      assertEquals(
          List.of(
              "offered: "
                  + Page.number(report.idealThroughputTokensPerSecond(), 0)
                  + " tok/s (sustained "
                  + Page.number(report.throughputTokensPerSecond(), 0)
                  + ")",
              "KV cache: "
                  + Page.percent(report.kvUse().mean())
                  + " in use ("
                  + Page.count(run.memory().kvTokens())
                  + " tokens, most "
                  + Page.percent(report.kvUse().max())
                  + ")",
              "slots: 2 of rank 16 ("
                  + Page.number(run.memory().loraBytes() / 1073741824.0, 2)
                  + " GiB, "
                  + Page.number(report.distinctAdapters().mean(), 1)
                  + " adapters in a batch)",
              "copies into slots: "
                  + Page.count(report.engine().hostLoads())
                  + " ("
                  + Page.percent(report.time().loading() / whole)
                  + " of the time)",
              "time: "
                  + Page.percent(report.time().compute() / whole)
                  + " on the GPU ("
                  + Page.percent(report.time().scheduling() / whole)
                  + " scheduling, "
                  + Page.percent(report.time().idle() / whole)
                  + " idle)",
              "start: "
                  + Page.duration(run.memory().startSeconds())
                  + " (0 preemptions over the run)"),
          tiles(section));
      assertEquals(g != 0, section.contains("<p>No adapter was copied during the run"));
    }
  }

  private static String latencies(String name, LatencySummary l) {
    return name
        + " | "
        + List.of(l.mean(), l.p50(), l.p90(), l.p95(), l.p99(), l.max()).stream()
            .map(Page::duration)
            .collect(Collectors.joining(" | "));
  }

  @Test
  void a_section_has_latencies_verdicts_and_adapters() {
    ReplicaReport report = runs.get(0).report();
    assertEquals(
        List.of(
            "latency | mean | p50 | p90 | p95 | p99 | max",
            latencies("time to first token", report.ttft()),
            latencies("inter-token latency", report.itl()),
            latencies("end to end", report.endToEnd())),
        table(section(0), 0));
    List<String> verdicts = all("<li class=\"kept\">(.*?)</li>", section(0));
    assertEquals(2, verdicts.size());
    assertTrue(verdicts.get(0).startsWith("kept: THROUGHPUT_90, "), verdicts.get(0));
    assertTrue(verdicts.get(1).startsWith("kept: TTFT_BOUND, "), verdicts.get(1));
    List<String> rows = table(section(0), 1);
    assertEquals(5, rows.size());
    double[] rates = {0.5, 0.2, 0.1, 0.5};
    for (int a = 0; a < 4; a++) {
      AdapterReport adapter = report.adapters().get(a);
      assertEquals(
          a
              + " | a"
              + a
              + " | "
              + (8 << a % 2)
              + " | "
              + Page.number(rates[a], 4)
              + " | 100.0 % | "
              + Page.count(adapter.completed())
              + " | "
              + Page.percent(adapter.completedShare())
              + " | "
              + Page.duration(adapter.meanTtftSeconds())
              + " | "
              + Page.count(adapter.hostLoads()),
          rows.get(1 + a));
    }
  }

  @Test
  void the_first_four_gpus_are_unfolded() {
    GpuLoad load = PLAN.gpus().get(1);
    GpuLoad[] five =
        IntStream.range(0, 5).mapToObj(i -> load(i, 2, load.parts())).toArray(GpuLoad[]::new);
    String page =
        page(
            plan(five),
            Collections.nCopies(5, runs.get(1)),
            new OtherSettings(2, true, 1, 1, 1, 1, ""));
    assertEquals(
        List.of(" open", " open", " open", " open", ""),
        all("<details class=\"gpu\"( open|) id=", page));
  }

  /** Three pictures of a GPU, and one more where adapters come and go. */
  @Test
  void pictures_are_those_of_the_run() {
    assertEquals(3 + 1, GpuCharts.of(PLAN.gpus().get(0), runs.get(0)).size());
    assertEquals(3, GpuCharts.of(PLAN.gpus().get(1), runs.get(1)).size());
    String queue = GpuCharts.of(PLAN.gpus().get(0), runs.get(0)).get(0).toSvg();
    assertTrue(queue.contains(">time, min<"), "ten minutes");
    assertTrue(queue.contains(">running<") && queue.contains(">waiting<"));
    String resident = GpuCharts.of(PLAN.gpus().get(0), runs.get(0)).get(3).toSvg();
    assertTrue(resident.contains(">adapter, numbered as in the table<"), resident);
    List<String> overview = all("<figure>(.*?)</figure>", html).subList(0, 4);
    List<String> titles = List.of("Load", "Memory and time", "Adapters", "Time to first token");
    for (int i = 0; i < 4; i++) {
      assertTrue(overview.get(i).contains(">" + titles.get(i) + "<"), titles.get(i));
    }
    Workload minute = Workload.of(LLAMA, traffic(2, 1.0), new FixedLengths(250, 60), 60);
    GpuLoad two = load(0, 2, minute.adapters().stream().map(SharedAdapter::whole).toList());
    String seconds = GpuCharts.of(two, run(minute, two)).get(0).toSvg();
    assertTrue(seconds.contains(">time, s<"), "a minute");
  }

  /** Of a hundred adapters those 64 are drawn that were copied most often. */
  @Test
  void a_picture_of_many_adapters_shows_those_that_come_and_go() {
    Workload many = Workload.of(LLAMA, traffic(100, 0.02), new FixedLengths(250, 60), 600);
    GpuLoad load = load(0, 4, many.adapters().stream().map(SharedAdapter::whole).toList());
    TwinRun run = run(many, load);
    String resident = GpuCharts.of(load, run).get(3).toSvg();
    assertTrue(resident.contains(">64 of 100 adapters, those copied most often<"), resident);
  }

  @Test
  void a_report_needs_the_workload_that_was_planned() {
    Workload other =
        Workload.of(LLAMA, WORKLOAD.adapters().subList(1, 6), new FixedLengths(250, 60), 600);
    Exception stranger =
        assertThrows(
            IllegalArgumentException.class,
            () -> new TwinRuns(other, OPTIONS).run(PLAN.gpus().get(0), PLAN.gpus().get(0).flags()));
    assertEquals(
        "adapter 'a0' of the plan is not in the workload; give the workload that was planned",
        stranger.getMessage());
    Exception refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> PlanReport.of(WORKLOAD, plan(load(0, 4000, 0)), OPTIONS));
    assertTrue(refused.getMessage().startsWith("GPU 0 of the plan: "), refused.getMessage());
  }

  /** The GPU of several adapters with the fullest cache is the one that is looked at. */
  @Test
  void a_report_is_made_of_its_parts() {
    List<String> told = new ArrayList<>();
    PlacementOptions options =
        PlacementOptions.builder()
            .oracle(PlacementOptions.Oracle.STEADY_STATE)
            .bounded(false)
            .verificationReplications(1)
            .slotsGrid(2)
            .progress((stage, done, of) -> told.add(stage + " " + done + "/" + of))
            .build();
    Placement plan = plan(load(0, 2, 4, 5), load(1, 2, 0, 1, 2, 3), load(2, 2));
    String page = PlanReport.of(WORKLOAD, plan, options).toHtml();
    assertTrue(page.contains("<p>GPU 1, the fullest KV cache"), page);
    assertEquals(
        List.of(
            "GPUs run for the report 1/3",
            "GPUs run for the report 2/3",
            "GPUs run for the report 3/3"),
        told.subList(0, 3));
    assertEquals(3, all("<details (class)=\"gpu\"", page).size());
    assertTrue(page.contains("prefers-color-scheme"), "with its style");
  }
}
