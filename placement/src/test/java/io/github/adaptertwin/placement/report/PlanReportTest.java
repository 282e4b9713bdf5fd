package io.github.adaptertwin.placement.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.placement.Placement;
import io.github.adaptertwin.placement.PlacementOptions;
import io.github.adaptertwin.placement.Placer;
import io.github.adaptertwin.workload.AdapterTraffic;
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
  private static final String HOSTILE = "<script>alert(\"x\")</script>&";

  private static Workload workload;
  private static Placement plan;
  private static String html;

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
  }

  private static int count(String pattern) {
    Matcher matcher = Pattern.compile(pattern).matcher(html);
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
    assertEquals(4 + 4 * gpus, count("<figure>"));
    assertEquals(gpus, count("<details class=\"gpu\""));
    for (int g = 0; g < gpus; g++) {
      assertTrue(html.contains(plan.gpus().get(g).flags().toString()));
    }
    for (int a = 1; a < 24; a++) {
      assertTrue(count("<td class=\"words\">adapter-" + a + "</td>") >= 1);
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
    // The probe reads back what layout made of each chart; the page itself has no script.
    String probe =
        "<script>document.title='sizes '+[...document.querySelectorAll('figure svg')]"
            + ".filter(s=>s.parentNode.tagName=='FIGURE').map(s=>{const b=s"
            + ".getBoundingClientRect();return Math.round(b.width)+'x'+Math.round(b.height)"
            + "+':'+s.querySelectorAll('text,path,rect').length}).join(' ')</script></body>";
    String seen = browse(folder, html.replace("</body>", probe), "--dump-dom");
    assertFalse(seen.contains("CONSOLE"), seen);
    Matcher title = Pattern.compile("<title>sizes ([^<]*)</title>").matcher(seen);
    assertTrue(title.find(), "the page was laid out");
    String[] charts = title.group(1).split(" ", -1);
    assertEquals(4 + 4 * plan.gpus().size(), charts.length);
    for (String chart : charts) {
      Matcher size = Pattern.compile("(\\d+)x(\\d+):(\\d+)").matcher(chart);
      assertTrue(size.matches(), chart);
      assertTrue(Integer.parseInt(size.group(1)) > 200, chart);
      assertTrue(Integer.parseInt(size.group(2)) > 90, chart);
      assertTrue(Integer.parseInt(size.group(3)) > 10, chart);
    }
  }
}
