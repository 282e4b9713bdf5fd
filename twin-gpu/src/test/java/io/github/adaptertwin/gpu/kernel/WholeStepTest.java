package io.github.adaptertwin.gpu.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.adaptertwin.gpu.kernel.WholeStep.HostTime;
import io.github.adaptertwin.gpu.kernel.WholeStep.Sampling;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.gpu.spec.KvType;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.gpu.spec.WeightType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WholeStepTest {
  private static final GpuSpec H100 = Gpus.named("h100-64gb-sxm");

  private static WholeStep step(GpuSpec gpu, ModelSpec model, Sampling sampling) {
    return new WholeStep(Kernels.of(gpu), model, sampling, HostTime.VLLM_0_8_5);
  }

  private static WholeStep llama() {
    return step(H100, Models.named("llama-3.1-8b-instruct"), Sampling.GREEDY);
  }

  /** Measured: 13.4 ms for 50 requests of 51 tokens, 17.5 for 200 of 101, 26.1 for 400 of 201. */
  @Test
  void steps_of_three_batches_come_out() {
    assertEquals(13.4e-3, llama().decodeSeconds(50, 50 * 51), 0.02 * 13.4e-3);
    assertEquals(17.5e-3, llama().decodeSeconds(200, 200 * 101), 0.02 * 17.5e-3);
    assertEquals(26.1e-3, llama().decodeSeconds(400, 400 * 201), 0.02 * 26.1e-3);
  }

  /** A full step of prompts took 54.9 ms; kernels say 49. */
  @Test
  void a_full_step_of_prompts_is_within_fifteen_percent() {
    assertEquals(54.9e-3, llama().prefillSeconds(20, 102), 0.15 * 54.9e-3);
  }

  /**
   * Medians of the logged decode steps without LoRA, by batch size. Llama's gave the two constants
   * of the host, Qwen's took no part in anything.
   */
  @ParameterizedTest
  @CsvSource({
    "llama, 1, 60, .02",
    "llama, 61, 128, .02",
    "llama, 129, 256, .02",
    "llama, 257, 512, .02",
    "llama, 513, 1100, .06",
    "qwen, 1, 60, .04",
    "qwen, 61, 128, .04",
    "qwen, 129, 256, .04",
    "qwen, 257, 512, .05",
    "qwen, 513, 1100, .07",
  })
  void measured_steps_come_out_at_every_batch_size(String name, int least, int most, double allowed)
      throws IOException {
    Path table = Path.of(System.getProperty("twin.measurements", ""), "engine-steps.csv");
    assumeTrue(Files.exists(table), "no table of steps");
    List<String> lines = Files.readAllLines(table);
    List<String> header = Arrays.asList(lines.get(0).split(",", -1));
    WholeStep step =
        name.equals("llama")
            ? llama()
            : step(H100, Models.named("qwen2.5-7b-instruct"), Sampling.PENALTIES);
    double sum = 0;
    int rows = 0;
    for (String line : lines.subList(1, lines.size())) {
      String[] row = line.split(",", -1);
      String output = row[header.indexOf("output_tokens")];
      if (!row[0].startsWith(name)
          || !row[header.indexOf("adapter_slots")].isEmpty()
          || output.isEmpty()
          || output.equals("1")
          || Integer.parseInt(row[header.indexOf("steps")]) < 30) {
        continue;
      }
      int logged = Integer.parseInt(row[header.indexOf("batched_tokens")]);
      int batch = logged > 0 ? logged : Integer.parseInt(row[header.indexOf("max_num_seqs")]);
      if (batch >= least && batch <= most) {
        long context = Math.round(batch * (1 + Integer.parseInt(output) / 2.0));
        double measured = Double.parseDouble(row[header.indexOf("step_ms_median")]) * 1e-3;
        sum += Math.abs(step.decodeSeconds(batch, context) / measured - 1);
        rows++;
      }
    }
    assertTrue(rows >= 2, "rows " + rows);
    String words = String.format(Locale.ROOT, "%s %d-%d: %.4f", name, least, most, sum / rows);
    assertTrue(sum / rows < allowed, words);
  }

  @Property(tries = 400)
  void no_step_beats_its_card_and_more_work_takes_longer(
      @ForAll @IntRange(max = 30) int card,
      @ForAll @IntRange(max = 60) int which,
      @ForAll WeightType type,
      @ForAll KvType kv,
      @ForAll @IntRange(min = 1, max = 1024) int sequences,
      @ForAll @IntRange(min = 1, max = 4000) int context) {
    GpuSpec gpu = Gpus.all().get(card % Gpus.all().size());
    ModelSpec plain = Models.all().get(which % Models.all().size());
    ModelSpec model = plain.withTypes(type, kv);
    WholeStep step = step(gpu, model, Sampling.GREEDY);
    long tokens = (long) sequences * context;
    double seconds = step.decodeSeconds(sequences, tokens);
    // Of experts only those are read that some token takes.
    long expert =
        type.layerBytes(2L * model.intermediate(), model.hidden())
            + type.layerBytes(model.hidden(), model.intermediate());
    double unread =
        (double) model.layers() * (model.experts() - model.expertsRead(sequences)) * expert;
    double read = model.weightBytes() - unread - 2.0 * model.vocabulary() * model.hidden();
    double bytes = read + (double) tokens * model.kvBytesPerToken();
    assertTrue(seconds >= bytes / gpu.bandwidthBytesPerSecond(), "bytes");
    double products = 2.0 * sequences * model.activeLinearParameters();
    assertTrue(seconds >= products / gpu.flopsPerSecond(type), "operations");
    assertTrue(step.decodeSeconds(sequences + 1, tokens + 1) > seconds, "sequences");
    assertTrue(step.decodeSeconds(sequences, tokens + 1) > seconds, "context");
    assertTrue(
        step(gpu, model, Sampling.PENALTIES).decodeSeconds(sequences, tokens) > seconds, "sampler");
    assertTrue(
        step(gpu, plain, Sampling.GREEDY).decodeSeconds(sequences, tokens) >= seconds, "type");
    double prompt = step.prefillSeconds(1, sequences);
    assertTrue(step.prefillSeconds(1, sequences + 1) > prompt, "prompt");
    assertTrue(prompt >= products / gpu.flopsPerSecond(type), "operations of a prompt");
  }

  /**
   * Experts of Mixtral have 352 MB in bf16: a step of one token reads two in each of 32 layers, one
   * of two tokens four, from four tokens on all eight, and then the number of tokens hardly matters
   * while reading prevails.
   */
  @Test
  void a_step_reads_the_experts_that_its_tokens_choose() {
    ModelSpec mixtral = Models.named("mixtral-8x7b");
    assertEquals(2, mixtral.expertsRead(1));
    assertEquals(8, mixtral.expertsRead(Integer.MAX_VALUE));
    Kernels kernels = Kernels.of(H100);
    double[] seconds = new double[6];
    for (int tokens = 1; tokens < seconds.length; tokens++) {
      seconds[tokens] = kernels.linearSeconds(mixtral, tokens, 1);
    }
    double expert = 32 * 2 * 3.0 * 4096 * 14336;
    double two = 2 * expert / (kernels.constants().gemmMemory() * H100.bandwidthBytesPerSecond());
    assertEquals(two, seconds[2] - seconds[1], 0.01 * two);
    assertEquals(two, seconds[3] - seconds[2], 0.01 * two);
    assertEquals(two, seconds[4] - seconds[3], 0.01 * two);
    assertEquals(0, seconds[5] - seconds[4], 0.01 * two);
  }

  /** Three prompts of 20 tokens: 60 tokens, 3 x 210 pairs, three first tokens. */
  @Test
  void prefill_ofThreePrompts_isTheSumOfItsKernels() {
    ModelSpec llama = Models.named("llama-3.1-8b-instruct");
    Kernels kernels = Kernels.of(H100);
    double attention = kernels.prefillAttentionSeconds(60, 3 * 210, 60, 32, 8, 128);
    double output = kernels.gemmSeconds(3, 128_256, 4096);
    double logits = 3 * 128_256 * Sampling.GREEDY.bytesPerLogit() / (0.8 * 2.02e12);
    assertEquals(2.02e12, H100.bandwidthBytesPerSecond());
    assertEquals(
        kernels.linearSeconds(llama, 60, 1)
            + 32 * attention
            + kernels.elementwiseSeconds(llama, 60)
            + output
            + logits
            + HostTime.VLLM_0_8_5.stepSeconds()
            + 3 * HostTime.VLLM_0_8_5.requestSeconds(),
        llama().prefillSeconds(3, 20),
        1e-12);
  }

  @Test
  void hostTime_atItsBounds_isTaken() {
    assertEquals(1, new HostTime(1, 0).stepSeconds());
    assertEquals(1, new HostTime(0, 1).requestSeconds());
    double above = Math.nextUp(1.0);
    assertThrows(IllegalArgumentException.class, () -> new HostTime(above, 0));
    assertThrows(IllegalArgumentException.class, () -> new HostTime(0, above));
    assertThrows(IllegalArgumentException.class, () -> new HostTime(-Double.MIN_VALUE, 0));
    assertThrows(IllegalArgumentException.class, () -> new HostTime(0, -Double.MIN_VALUE));
  }

  @Test
  void host_times_in_milliseconds_are_refused() {
    Exception e = assertThrows(IllegalArgumentException.class, () -> new HostTime(2.78, 0.009));
    assertTrue(e.getMessage().contains("unit"), e.getMessage());
    assertThrows(IllegalArgumentException.class, () -> new HostTime(0.001, Double.NaN));
  }
}
