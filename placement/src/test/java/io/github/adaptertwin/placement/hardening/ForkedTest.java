package io.github.adaptertwin.placement.hardening;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.placement.Placement;
import io.github.adaptertwin.placement.PlacementOptions;
import io.github.adaptertwin.placement.Placer;
import io.github.adaptertwin.placement.cli.Main;
import io.github.adaptertwin.placement.export.ExportFormat;
import io.github.adaptertwin.placement.export.ExportSettings;
import io.github.adaptertwin.placement.export.Exports;
import io.github.adaptertwin.placement.report.PlanReport;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.length.FixedLengths;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What only a process of its own can show: a small heap, and an output that takes no more. */
class ForkedTest {
  /** A service that embeds the library, in little memory. */
  static final class Embedded {
    private Embedded() {}

    /**
     * Plans 24 adapters, and prints the plan's GPUs and the sizes of its report and exports.
     *
     * @param args none
     */
    public static void main(String[] args) {
      List<AdapterTraffic> adapters = new ArrayList<>();
      for (int a = 0; a < 24; a++) {
        adapters.add(new AdapterTraffic(new LoraAdapter("a" + a, 8 << a % 2), 0.25));
      }
      Workload workload =
          Workload.of("llama-3.1-8b-instruct", adapters, new FixedLengths(250, 130), 60);
      PlacementOptions options = PlacementOptions.builder().threads(2).build();
      Placement plan =
          Placer.with(options).place(workload, Gpus.named("h100-80gb-sxm")).orElseThrow();
      int report = PlanReport.of(workload, plan, options).toHtml().length();
      int exports = 0;
      for (ExportFormat format : ExportFormat.values()) {
        ExportSettings settings = ExportSettings.defaults(plan.baseModel());
        exports += Exports.render(plan, settings, format).text().length();
      }
      System.out.print(
          "gpus " + plan.gpus().size() + " report " + report + " exports " + (exports > 1000));
    }
  }

  @TempDir private Path folder = Path.of("");

  private static ProcessBuilder program(String heap, Class<?> main, String... args) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx" + heap, "-cp"));
    command.add(System.getProperty("java.class.path"));
    command.add(main.getName());
    command.addAll(Arrays.asList(args));
    return new ProcessBuilder(command);
  }

  private int run(File out, File err, String heap, Class<?> main, String... args)
      throws IOException, InterruptedException {
    Process process = program(heap, main, args).redirectOutput(out).redirectError(err).start();
    assertTrue(process.waitFor(3, TimeUnit.MINUTES), "the program ends");
    return process.exitValue();
  }

  @Test
  void embedded_in128MebibytesOfHeap_plansReportsAndExports() throws Exception {
    Path out = folder.resolve("out.txt");
    Path err = folder.resolve("err.txt");
    int code = run(out.toFile(), err.toFile(), "128m", Embedded.class);
    assertEquals(0, code, () -> text(err));
    assertTrue(text(out).matches("gpus 1 report \\d{5,} exports true"), () -> text(out));
  }

  @Test
  void answer_toAFullDevice_isOneLineAndNotTheCodeOfSuccess() throws Exception {
    File full = new File("/dev/full");
    assumeTrue(full.exists(), "no /dev/full here");
    Path err = folder.resolve("err.txt");
    assertEquals(2, run(full, err.toFile(), "256m", Main.class, "models"));
    List<String> lines = Files.readAllLines(err);
    assertEquals(1, lines.size(), () -> text(err));
    assertTrue(
        lines.get(0).startsWith("error: the answer could not be written to standard output: "),
        lines.get(0));
  }

  @Test
  void answer_toAReaderThatLeaves_endsQuietlyWithTheCodeOfABrokenPipe() throws Exception {
    Path err = folder.resolve("err.txt");
    Process process =
        program("256m", Main.class, "models", "--json").redirectError(err.toFile()).start();
    // The program takes longer to start than this, so that it writes after its reader left.
    process.getInputStream().close();
    assertTrue(process.waitFor(3, TimeUnit.MINUTES), "the program ends");
    assertEquals("", text(err));
    assertEquals(141, process.exitValue());
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
