package io.github.adaptertwin.placement.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.engine.AdapterTier;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.core.time.SimulatedTime;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.placement.GpuLoad;
import io.github.adaptertwin.placement.Placement;
import io.github.adaptertwin.placement.PlacementOptions;
import io.github.adaptertwin.placement.Placer;
import io.github.adaptertwin.surrogate.serving.ServingTwin;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.DealtAdapters;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.length.FixedLengths;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlanReportTest {
  private static final PlacementOptions OPTIONS =
      PlacementOptions.builder().oracle(PlacementOptions.Oracle.STEADY_STATE).build();

  /** Reads back what layout made of the page and of each chart; the page itself has no script. */
  private static final String PROBE =
      "<script>addEventListener('load',()=>{const d=document.documentElement;document.title="
          + "'wide '+d.scrollWidth+' of '+d.clientWidth+' sizes '"
          + "+[...document.querySelectorAll('figure > svg')].map(s=>{const b=s"
          + ".getBoundingClientRect();return Math.round(b.width)+'x'+Math.round(b.height)"
          + "+':'+s.querySelectorAll('text,path,rect').length}).join(' ')})</script></body>";

  private static final String HOSTILE = "<script>alert(\"x\")</script>&";

  /** Twelve adapters in four slots, so that they come and go. */
  private static final PlacementOptions FEW_SLOTS =
      PlacementOptions.builder().oracle(PlacementOptions.Oracle.STEADY_STATE).slotsGrid(4).build();

  private static Workload workload;
  private static Placement plan;
  private static String html;
  private static Workload rare;
  private static String scarce;

  @BeforeAll
  static void write_report() {
    List<AdapterTraffic> adapters = new ArrayList<>();
    for (int a = 0; a < 24; a++) {
      String id = a == 0 ? HOSTILE : "adapter-" + a;
      adapters.add(new AdapterTraffic(new LoraAdapter(id, 8 << a % 2), 1.5));
    }
    workload = Workload.poisson("llama-3.1-8b-instruct", adapters, new FixedLengths(250, 230), 600);
    plan = Placer.with(OPTIONS).place(workload, Gpus.named("h100-80gb-sxm")).orElseThrow();
    html = PlanReport.of(workload, plan, OPTIONS).toHtml();
    rare =
        Workload.poisson(
            "llama-3.1-8b-instruct",
            DealtAdapters.of("rare-", 12, List.of(8), List.of(0.03)),
            new FixedLengths(250, 60),
            600);
    Placement four = Placer.with(FEW_SLOTS).place(rare, Gpus.named("h100-80gb-sxm")).orElseThrow();
    assertEquals(4, four.gpus().get(0).flags().maxLoras());
    scarce = PlanReport.of(rare, four, FEW_SLOTS).toHtml();
  }

  private static int count(String pattern) {
    return count(pattern, html);
  }

  private static int count(String pattern, String text) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    int found = 0;
    while (matcher.find()) {
      found++;
    }
    return found;
  }

  @Test
  void page_needs_nothing_but_itself() {
    assertEquals(0, count("<script"), "no script, not even a user's");
    assertTrue(html.contains("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;"));
    assertEquals(0, count("(src|href)="), "nothing is loaded");
    assertEquals(0, count("url\\("));
    assertEquals(0, count("https?://(?!www\\.w3\\.org/2000/svg)"));
  }

  @Test
  void every_gpu_has_its_pictures_flags_and_adapters() {
    int gpus = plan.gpus().size();
    assertTrue(gpus >= 2, "36 requests/s are too much for one GPU");
    assertEquals(4 + 3 * gpus + count("Adapters in slots</text>"), count("<figure>"));
    assertEquals(
        gpus, count("Adapters in slots</text>") + count("No adapter was copied during the run"));
    assertEquals(gpus, count("<details class=\"gpu\""));
    for (int g = 0; g < gpus; g++) {
      String flags = plan.gpus().get(g).flags().toString();
      assertTrue(html.contains(flags.replace(" --", "</span> <span>--")), flags);
    }
    for (int a = 1; a < 24; a++) {
      assertTrue(count("<td class=\"words\">adapter-" + a + "</td>") >= 1);
    }
  }

  @Test
  void adapters_that_come_and_go_are_drawn_over_time() {
    assertEquals(1, count("Adapters in slots</text>", scarce));
    assertEquals(8, count("<figure>", scarce));
    assertTrue(count("stroke-opacity", scarce) >= 2, "in a slot for whole and for part intervals");
  }

  /** One slot, four intervals of a second: 1 begins in it and makes room for 0 at 1.5 s. */
  @Test
  void residency_is_counted_by_interval() {
    AdapterResidency residency = new AdapterResidency(2, 1, 4, 1);
    residency.evicted(1, 7, SimulatedTime.toPicos(1.5));
    residency.loaded(0, AdapterTier.HOST_MEMORY, 7, SimulatedTime.toPicos(1.5));
    residency.close();
    double[][] expected = {{0, 0.5, 1, 1}, {1, 0.5, 0, 0}};
    for (int a = 0; a < 2; a++) {
      for (int i = 0; i < 4; i++) {
        assertEquals(expected[a][i], residency.share(a, i), 1e-12, a + " in " + i);
      }
    }
    assertEquals(1, residency.copies());
  }

  @Test
  void no_more_adapters_are_resident_than_there_are_slots() {
    Placement four = Placer.with(FEW_SLOTS).place(rare, Gpus.named("h100-80gb-sxm")).orElseThrow();
    TwinRuns.Counted counted =
        new TwinRuns(rare, FEW_SLOTS).run(four.gpus().get(0), four.gpus().get(0).flags());
    AdapterResidency residency = counted.residency();
    ServingTwin.Outcome.Served served = (ServingTwin.Outcome.Served) counted.outcome();
    assertEquals(served.report().engine().hostLoads(), residency.copies());
    for (int i = 0; i < residency.intervals(); i++) {
      double resident = 0;
      for (int a = 0; a < residency.adapters(); a++) {
        resident += residency.share(a, i);
      }
      assertEquals(4, resident, 1e-6, "all slots are taken from the start, interval " + i);
    }
  }

  @Test
  void growth_is_told_and_grows() {
    Sensitivity sensitivity = Sensitivity.of(workload, plan, OPTIONS);
    List<Sensitivity.Growth> rows = sensitivity.growth();
    assertEquals(4, rows.size());
    assertEquals(0, rows.get(0).gpusInTrouble());
    assertTrue(rows.get(3).leastShare() <= rows.get(0).leastShare());
    assertTrue(rows.get(3).worstP95TtftSeconds() >= rows.get(0).worstP95TtftSeconds());
    assertTrue(html.contains("With one GPU less: "));
  }

  @Test
  void rejected_settings_say_why() {
    List<OtherSettings> others =
        OtherSettings.of(plan.gpus().get(0), new TwinRuns(workload, OPTIONS), OPTIONS);
    assertEquals(1, others.stream().filter(OtherSettings::chosen).count());
    assertTrue(others.stream().anyMatch(o -> !o.rejected().isEmpty()) || others.size() > 1);
  }

  @Test
  void rejected_settings_areThoseOfAGpuThatHadAChoice() {
    Workload one =
        Workload.poisson(
            "llama-3.1-8b-instruct",
            List.of(new AdapterTraffic(new LoraAdapter("only", 8), 1)),
            new FixedLengths(250, 60),
            60);
    Placement single = Placer.with(OPTIONS).place(one, Gpus.named("h100-80gb-sxm")).orElseThrow();
    GpuLoad alone = single.gpus().get(0);
    GpuLoad full = plan.gpus().get(0);
    Workload both =
        Workload.poisson(
            "llama-3.1-8b-instruct",
            ImmutableList.<AdapterTraffic>builder()
                .addAll(workload.adapters())
                .addAll(one.adapters())
                .build(),
            new FixedLengths(250, 230),
            60);
    Placement mixed =
        new Placement(
            plan.baseModel(),
            List.of(
                new GpuLoad(
                    0,
                    alone.gpu(),
                    alone.parts(),
                    0,
                    0,
                    alone.flags(),
                    alone.predicted(),
                    alone.verified()),
                new GpuLoad(
                    1,
                    full.gpu(),
                    full.parts(),
                    0,
                    0,
                    full.flags().toBuilder().maxNumSeqs(1024).build(),
                    full.predicted(),
                    full.verified())),
            plan.bound(),
            1,
            false,
            List.of());
    String page = PlanReport.of(both, mixed, OPTIONS).toHtml();
    assertTrue(page.contains("GPU 1, the fullest KV cache of those with several adapters"), page);
    assertTrue(
        PlanReport.of(one, single, OPTIONS).toHtml().contains("<p>Nothing: no GPU serves more"));
  }

  @Test
  void flags_breakBetweenAndNotInside() {
    assertTrue(html.contains("<span>--max-loras "), "each flag is a word");
    assertTrue(html.contains("</span> <span>--gpu-memory-utilization 0.9</span></pre>"), html);
  }

  @Test
  void sets_of_cards_are_told_at_a_glance() {
    PlacementOptions options = PlacementOptions.builder().tensorParallel(2).build();
    Placement pair = Placer.with(options).place(rare, Gpus.named("h100-80gb-sxm")).orElseThrow();
    String page = PlanReport.of(rare, pair, options).toHtml();
    assertTrue(page.contains("<h1>1 GPU of 2 cards in all for llama"), page);
    assertTrue(page.contains("h100-80gb-sxm (2 cards that share the model)"), page);
    assertTrue(page.contains("--tensor-parallel-size 2</span></pre>"), page);
  }

  @Test
  void a_scaled_recording_is_replayed_faster() {
    Workload recorded =
        Workload.recorded(
            workload.baseModel(),
            workload.adapters(),
            workload.lengths(),
            workload.horizonSeconds(),
            workload.generate(1, 0));
    Workload faster = ScaledWorkload.of(recorded, 1.5);
    assertEquals(400, faster.horizonSeconds(), 1e-9);
    assertEquals(recorded.generate(0, 0).size(), faster.generate(0, 0).size());
    assertEquals(1.5 * recorded.ratePerSecond(), faster.ratePerSecond(), 1e-9);
    assertEquals(
        1.1 * workload.ratePerSecond(), ScaledWorkload.of(workload, 1.1).ratePerSecond(), 1e-9);
  }

  @Test
  void equal_inputs_give_equal_bytes() {
    assertEquals(html, PlanReport.of(workload, plan, OPTIONS).toHtml());
  }

  @Test
  void a_plan_of_another_workload_is_refused() {
    Workload other =
        Workload.poisson(
            workload.baseModel(),
            List.of(new AdapterTraffic(new LoraAdapter("stranger", 8), 1)),
            workload.lengths(),
            600);
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> PlanReport.of(other, plan, OPTIONS));
    assertTrue(refused.getMessage().contains("not in the workload"), refused.getMessage());
  }

  private static String chromium() {
    return Stream.of("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
        .filter(p -> Files.isExecutable(Path.of(p)))
        .findFirst()
        .orElse("");
  }

  /** What the browser makes of the page: its document after layout, and its console. */
  private static String browse(Path folder, String page, String... more) throws Exception {
    Path file = folder.resolve("page.html");
    Files.writeString(file, page, StandardCharsets.UTF_8);
    List<String> command = new ArrayList<>();
    command.add(chromium());
    command.addAll(
        List.of(
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--enable-logging=stderr",
            "--virtual-time-budget=5000",
            "--user-data-dir=" + folder.resolve("profile")));
    command.addAll(List.of(more));
    command.add(file.toUri().toString());
    ProcessBuilder builder = new ProcessBuilder(command);
    Path errors = folder.resolve("errors.txt");
    builder.redirectError(errors.toFile());
    Process browser = builder.start();
    String document = new String(browser.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(browser.waitFor(60, TimeUnit.SECONDS), "the browser ends");
    return document + "\n" + consoleOf(errors);
  }

  private static String consoleOf(Path errors) throws IOException {
    return String.join(
        "\n", Files.readAllLines(errors).stream().filter(l -> l.contains("CONSOLE")).toList());
  }

  @Test
  void a_browser_renders_every_chart_without_a_console_message(@TempDir Path folder)
      throws Exception {
    assumeTrue(!chromium().isEmpty(), "no Chromium: install it to try the page in a browser");
    for (String page : List.of(html, scarce)) {
      String seen = browse(folder, page.replace("</body>", PROBE), "--dump-dom");
      assertFalse(seen.contains("CONSOLE"), seen);
      Matcher title =
          Pattern.compile("<title>wide (\\d+) of (\\d+) sizes ([^<]*)</title>").matcher(seen);
      assertTrue(title.find(), "the page was laid out");
      String[] charts = title.group(3).split(" ", -1);
      assertEquals(count("<figure>", page), charts.length);
      for (String chart : charts) {
        Matcher size = Pattern.compile("(\\d+)x(\\d+):(\\d+)").matcher(chart);
        assertTrue(size.matches(), chart);
        assertTrue(Integer.parseInt(size.group(1)) > 200, chart);
        assertTrue(Integer.parseInt(size.group(2)) > 90, chart);
        assertTrue(Integer.parseInt(size.group(3)) > 10, chart);
      }
    }
  }

  @Test
  void a_page_on_a_phone_is_no_wider_than_the_phone(@TempDir Path folder) throws Exception {
    assumeTrue(!chromium().isEmpty(), "no Chromium: install it to try the page in a browser");
    // A frame has any width; the window of the browser has a least one.
    Path inner = folder.resolve("inner.html");
    Files.writeString(inner, html.replace("</body>", PROBE), StandardCharsets.UTF_8);
    String outer =
        "<!DOCTYPE html><iframe width=\"360\" height=\"700\" src=\"inner.html\" onload=\"document"
            + ".title=contentDocument.title\"></iframe>";
    String seen = browse(folder, outer, "--allow-file-access-from-files", "--dump-dom");
    Matcher title = Pattern.compile("<title>wide (\\d+) of (\\d+) ").matcher(seen);
    assertTrue(title.find(), seen);
    assertTrue(Integer.parseInt(title.group(2)) <= 360, "the frame is narrow");
    assertTrue(Integer.parseInt(title.group(1)) <= Integer.parseInt(title.group(2)), seen);
  }

  @Test
  void a_printed_page_has_every_gpu(@TempDir Path folder) throws Exception {
    assumeTrue(!chromium().isEmpty(), "no Chromium: install it to try the page in a browser");
    Path pdf = folder.resolve("report.pdf");
    browse(folder, html, "--print-to-pdf=" + pdf);
    String text = Files.readString(pdf, StandardCharsets.ISO_8859_1);
    assertTrue(text.startsWith("%PDF"), "a file of pages");
    assertTrue(
        count("/Type\\s*/Page\\b", text) > plan.gpus().size(), "a page for each GPU, at least");
  }
}
