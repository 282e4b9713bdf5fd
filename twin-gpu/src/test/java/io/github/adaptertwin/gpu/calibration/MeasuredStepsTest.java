package io.github.adaptertwin.gpu.calibration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.input.MalformedInputException;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MeasuredStepsTest {
  private static MeasuredSteps read(String text) throws IOException {
    return MeasuredSteps.read("steps.csv", new StringReader(text), "Llama-3.1-8B");
  }

  /** 8 sequences of 100 prompt tokens that are on average half through their 51. */
  @Test
  void whatATableLeavesOut_isTakenFromItsRequests() throws IOException {
    MeasuredSteps read =
        read(
            "model,adapter_slots,max_lora_rank,max_num_seqs,prompt_tokens,output_tokens,"
                + "batched_tokens,distinct_adapters,step_ms,step_ms_median\n"
                + "llama 3.1 8b,4,16,8,100,51,,3,99,20\n"
                + "other,4,16,8,100,51,,3,99,20\n");
    assertEquals(0, read.passedOver());
    assertEquals(
        new MeasuredStep("4/100.0/51.0/8.0", 4, 16, 4, 8, 8 * 125.5, 3, 0, 0.02, 1),
        read.steps().get(0));
    assertEquals(1, read.steps().size());
  }

  @Test
  void aRowThatDoesNotTellItsBatch_isPassedOver() throws IOException {
    String header =
        "model,adapter_slots,max_num_seqs,prompt_tokens,output_tokens,batched_tokens,"
            + "distinct_adapters,step_ms\n";
    // A single output token is no decoding; neither the batch nor the context is known.
    String one = "llama-3.1-8b,,8,100,1,,0,20\n";
    String unknown = "llama-3.1-8b,,,100,51,,0,20\n";
    String contextless = "llama-3.1-8b,,8,,51,,0,20\n";
    String whole = "llama-3.1-8b,,8,100,1,32,0,20\n";
    MeasuredSteps read = read(header + one + unknown + contextless + whole);
    assertEquals(3, read.passedOver());
    assertEquals(
        new MeasuredStep("/100.0/1.0/8.0", 0, 1, 0, 32, 32 * 100.5, 0, 0, 0.02, 1),
        read.steps().get(0));
  }

  @Test
  void aFile_isReadLikeItsText(@TempDir Path folder) throws IOException {
    String text =
        "model,adapter_slots,max_lora_rank,max_cpu_loras,context_tokens,batched_tokens,"
            + "distinct_adapters,waiting,steps,step_ms\n"
            + "llama-3.1-8b,4,16,9,1000,8,3,17,40,20\n";
    Path file = folder.resolve("measured.csv");
    Files.writeString(file, text, StandardCharsets.UTF_8);
    MeasuredSteps read = MeasuredSteps.read(file, "llama-3.1-8b");
    assertEquals(read(text), read);
    MeasuredStep step = read.steps().get(0);
    assertEquals(9, step.maxCpuLoras());
    assertEquals(1000, step.contextTokens());
    assertEquals(17, step.waiting());
    assertEquals(40, step.steps());
    Files.writeString(file, text.replace(",40,", ",\"40,"), StandardCharsets.UTF_8);
    Exception e =
        assertThrows(MalformedInputException.class, () -> MeasuredSteps.read(file, "llama-3.1-8b"));
    assertTrue(e.getMessage().startsWith("measured.csv"), e.getMessage());
  }

  private static MeasuredStep with(String name, double value) {
    double[] v = {4, 16, 9, 8, 1000, 3, 17, 0.02, 40};
    String[] names = {
      "adapter_slots",
      "max_lora_rank",
      "max_cpu_loras",
      "batched_tokens",
      "context_tokens",
      "distinct_adapters",
      "waiting",
      "seconds",
      "steps"
    };
    for (int i = 0; i < v.length; i++) {
      v[i] = names[i].equals(name) ? value : v[i];
    }
    return new MeasuredStep(
        "s", (int) v[0], (int) v[1], (int) v[2], (int) v[3], v[4], (int) v[5], v[6], v[7], v[8]);
  }

  /** At most as many adapters run as there are slots, and as there are tokens. */
  @ParameterizedTest
  @CsvSource({
    "adapter_slots, 3, 9",
    "max_lora_rank, 1, 4096",
    "max_cpu_loras, 4, 10000000",
    "batched_tokens, 3, 1000000",
    "distinct_adapters, 0, 4"
  })
  void counts_outsideTheirRanges_areRefused(String name, int least, int most) {
    assertEquals(with(name, least), with(name, least));
    assertEquals(with(name, most), with(name, most));
    String below =
        assertThrows(IllegalArgumentException.class, () -> with(name, least - 1)).getMessage();
    String above =
        assertThrows(IllegalArgumentException.class, () -> with(name, most + 1)).getMessage();
    assertTrue(above.contains("must be in ["), above);
    assertTrue(below.contains("must be in ["), below);
  }

  @ParameterizedTest
  @CsvSource({"context_tokens, 0, 1e9", "waiting, 0, 1e9", "steps, 1, 1e12"})
  void figures_outsideTheirRanges_areRefusedByName(String name, double least, double most) {
    assertEquals(with(name, least), with(name, least));
    assertEquals(with(name, most), with(name, most));
    double[] wrong = {Math.nextDown(least), Math.nextUp(most), Double.NaN};
    for (double value : wrong) {
      String message =
          assertThrows(IllegalArgumentException.class, () -> with(name, value)).getMessage();
      assertTrue(message.startsWith(name + " is " + value + ", must be in ["), message);
    }
  }

  @Test
  void aStepOfNoTimeOrOverAMinute_isRefused() {
    assertEquals(60, with("seconds", 60).seconds());
    for (double seconds : new double[] {0, -1, Math.nextUp(60.0), Double.NaN}) {
      String message =
          assertThrows(IllegalArgumentException.class, () -> with("seconds", seconds)).getMessage();
      assertTrue(message.startsWith("the step takes " + seconds + " s"), message);
    }
  }
}
