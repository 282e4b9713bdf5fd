package io.github.adaptertwin.gpu.calibration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.adaptertwin.core.input.MalformedInputException;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;

/**
 * Tables of measured steps of any text: the rows of the model are read within the bounds of {@link
 * MeasuredStep}, or refused by a {@link MalformedInputException} whose message is one line.
 */
class MeasuredStepsFuzzTest {
  private static final String NAME = "steps.csv";
  private static final String HEADER =
      "model,adapter_slots,max_lora_rank,distinct_adapters,batched_tokens,step_ms,prompt_tokens,"
          + "output_tokens,max_num_seqs,context_tokens,waiting,steps,max_cpu_loras\n";

  @FuzzTest
  void table(byte[] bytes) throws IOException {
    read(new String(bytes, StandardCharsets.UTF_8));
  }

  /** Rows below a header that is right, which a fuzzer does not guess soon. */
  @FuzzTest
  void rows(byte[] bytes) throws IOException {
    read(HEADER + new String(bytes, StandardCharsets.UTF_8));
  }

  private static void read(String text) throws IOException {
    MeasuredSteps steps;
    try {
      steps = MeasuredSteps.read(NAME, new StringReader(text), "m");
    } catch (MalformedInputException e) {
      String message = e.getMessage();
      assertTrue(
          message != null && message.startsWith(NAME) && message.chars().noneMatch(c -> c < ' '),
          () -> "not one line that names the file: " + message);
      return;
    }
    int lines = (int) text.chars().filter(c -> c == '\n' || c == '\r').count() + 1;
    assertTrue(steps.steps().size() + steps.passedOver() <= lines, "more steps than lines");
    for (MeasuredStep step : steps.steps()) {
      assertTrue(step.seconds() > 0 && step.seconds() <= 60, () -> "time " + step);
      assertTrue(
          step.distinctAdapters() <= Math.min(step.maxLoras(), step.tokens()),
          () -> "more adapters than slots or tokens " + step);
    }
    assertEquals(
        steps, MeasuredSteps.read(NAME, new StringReader(text), "M"), "the case of a name matters");
  }
}
