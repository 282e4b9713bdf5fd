package io.github.adaptertwin.gpu.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.spec.Models;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KernelsTest {
  private static GpuSpec gpu(int index) {
    List<GpuSpec> all = Gpus.all();
    return all.get(index % all.size());
  }

  private static ModelSpec model(int index) {
    List<ModelSpec> all = Models.all();
    return all.get(index % all.size());
  }

  /** 4096 x 4096 x 4096 on an H100 at .818 of 989.4 TFLOP/s: 169.8 us, and 3.7 us fixed. */
  @Test
  void a_large_product_runs_at_the_reached_peak() {
    double seconds = Kernels.of(Gpus.named("h100-80gb-sxm")).gemmSeconds(4096, 4096, 4096);
    double compute = 2 * Math.pow(4096, 3) / (0.818 * 989.4e12);
    assertEquals(compute + 3.72e-6, seconds, 0.02 * compute);
  }

  @Property(tries = 500)
  void no_kernel_beats_its_card(
      @ForAll @IntRange(max = 30) int card,
      @ForAll @IntRange(max = 60) int which,
      @ForAll @IntRange(min = 1, max = 4096) int tokens,
      @ForAll @IntRange(min = 1, max = 4000) int context) {
    GpuSpec gpu = gpu(card);
    ModelSpec m = model(which);
    Kernels kernels = Kernels.of(gpu);
    double weights =
        (double) m.layers()
            * (2.0 * m.hidden() * (m.queryWidth() + m.kvWidth())
                + 3.0 * m.hidden() * m.intermediate());
    double linear = kernels.linearSeconds(m, tokens, 1);
    assertTrue(linear >= 2 * weights / gpu.bandwidthBytesPerSecond(), "weights are read");
    assertTrue(linear >= 2 * weights * tokens / gpu.bf16FlopsPerSecond(), "operations are done");
    double decode =
        kernels.decodeAttentionSeconds(
            tokens, (long) tokens * context, m.heads(), m.kvHeads(), m.headDim());
    double kv = 4.0 * tokens * context * m.kvWidth();
    assertTrue(decode >= kv / gpu.bandwidthBytesPerSecond(), "keys and values are read");
    long pairs = (long) tokens * context + (long) tokens * (tokens + 1) / 2;
    double prefill =
        kernels.prefillAttentionSeconds(
            tokens, pairs, tokens + context, m.heads(), m.kvHeads(), m.headDim());
    assertTrue(
        prefill >= 4.0 * pairs * m.queryWidth() / gpu.bf16FlopsPerSecond(), "pairs are computed");
  }

  @Property(tries = 500)
  void more_work_never_takes_less_time(
      @ForAll @IntRange(max = 30) int card,
      @ForAll @IntRange(min = 1, max = 9000) int m,
      @ForAll @IntRange(min = 1, max = 30000) int n,
      @ForAll @IntRange(min = 1, max = 30000) int k) {
    Kernels kernels = Kernels.of(gpu(card));
    double here = kernels.gemmSeconds(m, n, k);
    assertTrue(kernels.gemmSeconds(m + 1L, n, k) >= here);
    assertTrue(kernels.gemmSeconds(m, n + 1L, k) >= here);
    assertTrue(kernels.gemmSeconds(m, n, k + 1L) >= here);
    double decode = kernels.decodeAttentionSeconds(m, n + (long) m, 32, 8, 128);
    assertTrue(kernels.decodeAttentionSeconds(m + 1L, n + (long) m, 32, 8, 128) >= decode);
    assertTrue(kernels.decodeAttentionSeconds(m, n + 1L + m, 32, 8, 128) >= decode);
    double reduce = kernels.allReduceSeconds(k, 4, 450e9);
    assertTrue(kernels.allReduceSeconds(k + 1L, 4, 450e9) >= reduce);
    assertTrue(kernels.allReduceSeconds(k, 8, 450e9) >= reduce);
  }

  /**
   * Times of single products and attention kernels measured on the three cards, from the tables
   * that the constants were fitted on.
   */
  @ParameterizedTest
  @CsvSource({"gemm.csv, 0.10", "attention_decode.csv, 0.13", "attention_prefill.csv, 0.12"})
  void measured_kernels_come_out(String file, double allowed) throws IOException {
    Path table = Path.of(System.getProperty("twin.measurements", ""), "..", "kernels", file);
    assumeTrue(Files.exists(table), "no kernel table");
    double sum = 0;
    int count = 0;
    List<String> lines = Files.readAllLines(table);
    for (String line : lines.subList(1, lines.size())) {
      String[] row = line.split(",", -1);
      double made = kernelSeconds(file, row);
      if (made > 0) {
        sum += Math.abs(made * 1e6 / Double.parseDouble(row[row.length - 2]) - 1);
        count++;
      }
    }
    assertTrue(count > 500, "rows " + count);
    assertTrue(sum / count < allowed, file + ": mean error " + sum / count);
  }

  private static double kernelSeconds(String file, String[] row) {
    Kernels kernels = Kernels.of(measuredCard(row[0]));
    int[] x = new int[row.length];
    for (int i = 2; i < row.length - 2; i++) {
      x[i] = Integer.parseInt(row[i]);
    }
    return switch (file) {
      case "gemm.csv" -> x[3] >= 1024 && x[4] >= 1024 ? kernels.gemmSeconds(x[2], x[3], x[4]) : 0;
      case "attention_decode.csv" ->
          kernels.decodeAttentionSeconds(x[2], (long) x[2] * x[3], x[4], x[5], x[6]);
      default -> {
        long tokens = (long) x[2] * x[3];
        long pairs = (long) x[2] * x[3] * (x[3] + 1L) / 2;
        yield kernels.prefillAttentionSeconds(tokens, pairs, tokens, x[5], x[6], x[7]);
      }
    };
  }

  private static GpuSpec measuredCard(String name) {
    return Gpus.named(name.startsWith("H200") ? "h200-141gb-sxm" : name);
  }

  /** Sums of the four linear layers of Llama-3-8B on an A100. */
  @Test
  void linear_layers_of_a_whole_model_come_out_within_fifteen_percent() throws IOException {
    Path table =
        Path.of(System.getProperty("twin.measurements", ""), "..", "kernels")
            .resolve("linear_ops_model.csv");
    assumeTrue(Files.exists(table), "no table of linear layers");
    ModelSpec llama = Models.named("llama-3.1-8b");
    Kernels kernels = Kernels.of(Gpus.named("a100-80gb-sxm"));
    double sum = 0;
    int count = 0;
    for (String line : Files.readAllLines(table)) {
      String[] row = line.split(",", -1);
      if (row[1].equals("Meta-Llama-3-8B") && row[0].equals("A100-80GB-SXM")) {
        double made =
            1e3 * kernels.linearSeconds(llama, Integer.parseInt(row[3]), Integer.parseInt(row[2]));
        sum += Math.abs(made / Double.parseDouble(row[4]) - 1);
        count++;
      }
    }
    assertTrue(count > 50, "rows " + count);
    assertTrue(sum / count < 0.15, "mean error " + sum / count);
  }

  @Test
  void constants_that_no_card_reaches_are_refused() {
    KernelConstants c = KernelConstants.H100;
    assertThrows(
        IllegalArgumentException.class,
        () -> new KernelConstants("x", 1.2, c.gemmMemory(), 2, 0, 1, 1, 0, 1, 0, 0, 1, 0, 0));
    assertThrows(
        IllegalArgumentException.class,
        () -> new KernelConstants("x", 0.8, 0.8, 0.5, 0, 1, 1, 0, 1, 0, 0, 1, 0, 0));
    assertThrows(
        IllegalArgumentException.class,
        () -> new KernelConstants("x", 0.8, 0.8, 2, 3.7, 1, 1, 0, 1, 0, 0, 1, 0, 0));
    assertTrue(KernelConstants.of(Gpus.named("h100-80gb-sxm")).measuredOn(gpu("h100-80gb-sxm")));
    assertFalse(KernelConstants.of(gpu("l40s-48gb-pcie")).measuredOn(gpu("l40s-48gb-pcie")));
    Kernels kernels = Kernels.of(gpu("a100-80gb-sxm"));
    assertThrows(IllegalArgumentException.class, () -> kernels.gemmSeconds(0, 1, 1));
    assertThrows(IllegalArgumentException.class, () -> kernels.allReduceSeconds(8, 2, 0));
    assertEquals(0, kernels.allReduceSeconds(1 << 20, 1, 300e9));
  }

  private static GpuSpec gpu(String name) {
    return Gpus.named(name);
  }
}
