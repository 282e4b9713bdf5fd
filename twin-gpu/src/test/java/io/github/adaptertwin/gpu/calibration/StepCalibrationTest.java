package io.github.adaptertwin.gpu.calibration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.adaptertwin.core.engine.BatchShape;
import io.github.adaptertwin.core.engine.BoundStepCosts;
import io.github.adaptertwin.core.engine.EngineConfig;
import io.github.adaptertwin.core.input.MalformedInputException;
import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.gpu.step.Calibration;
import io.github.adaptertwin.gpu.step.CalibrationProfile;
import io.github.adaptertwin.gpu.step.CalibrationProfile.Constant;
import io.github.adaptertwin.gpu.step.StepTerms;
import io.github.adaptertwin.gpu.step.StepTimeModel;
import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StepCalibrationTest {
  private static final CalibrationProfile START = StepTimeModel.profiles().get(0).roundStart();
  private static final ModelSpec LLAMA = Models.named("llama-3.1-8b-instruct");
  private static final String HEADER =
      "model,adapter_slots,max_lora_rank,max_cpu_loras,context_tokens,distinct_adapters,"
          + "batched_tokens,waiting,steps,step_ms\n";

  private static CalibrationProfile truth() {
    Map<Constant, Double> values = new EnumMap<>(START.constants());
    values.put(Constant.BASE, 15e9);
    values.put(Constant.TOKEN, 50e6);
    values.put(Constant.ADAPTER, 0.3e9);
    values.put(Constant.ADAPTER_RANK, 1.5e6);
    values.put(Constant.BLOCK, 900.0);
    values.put(Constant.CONTEXT_TOKEN, 80e3);
    values.put(Constant.WAITING, 0.3e6);
    return START.withConstants(values, "known", "none");
  }

  private static double seconds(
      CalibrationProfile profile,
      EngineVersion version,
      int slots,
      int rank,
      int tokens,
      int adapters,
      double context) {
    double picos = context * profile.get(Constant.CONTEXT_TOKEN);
    for (Map.Entry<Constant, Double> term :
        StepTerms.of(LLAMA, version, slots, rank, 2 * slots, tokens, adapters).entrySet()) {
      picos += term.getValue() * profile.get(term.getKey());
    }
    return picos * 1e-12;
  }

  private static double seconds(
      CalibrationProfile profile, int slots, int rank, int tokens, int adapters, double context) {
    return seconds(profile, START.engine(), slots, rank, tokens, adapters, context);
  }

  private static MeasuredStep step(int slots, int rank, int tokens, int adapters, double each) {
    int distinct = Math.min(adapters, Math.min(slots, tokens));
    double context = each * tokens;
    double waiting = tokens > 500 && each > 100 ? 20_000 : 0;
    double seconds =
        seconds(truth(), slots, rank, tokens, distinct, context)
            + waiting * truth().get(Constant.WAITING) * 1e-12;
    return new MeasuredStep(
        slots + "/" + each,
        slots,
        rank,
        2 * slots,
        tokens,
        context,
        distinct,
        waiting,
        seconds,
        20);
  }

  private static List<MeasuredStep> grid() {
    List<MeasuredStep> rows = new ArrayList<>();
    for (int tokens : new int[] {4, 60, 120, 200, 400, 700, 2000}) {
      for (int slots : new int[] {0, 16, 96}) {
        for (int rank : new int[] {8, 32}) {
          for (int adapters : new int[] {1, 10, 60}) {
            for (double each : new double[] {50, 400}) {
              rows.add(step(slots, rank, tokens, slots == 0 ? 0 : adapters, each));
            }
          }
        }
      }
    }
    return rows;
  }

  private static double adapterPicos(CalibrationProfile profile, int rank) {
    return profile.get(Constant.ADAPTER)
        + rank * profile.get(Constant.ADAPTER_RANK)
        + 192 * profile.get(Constant.ADAPTER_REGISTERED);
  }

  @Test
  void known_constants_come_back() {
    CalibrationFit fit = Calibrator.from(START).fitSteps(grid());
    for (Constant constant :
        List.of(
            Constant.BASE,
            Constant.TOKEN,
            Constant.BLOCK,
            Constant.CONTEXT_TOKEN,
            Constant.WAITING)) {
      double known = truth().get(constant);
      assertEquals(known, fit.profile().get(constant), 0.05 * known, constant.name());
    }
    // Terms of an adapter grow together, and the weak pull to the start divides them; what an
    // adapter costs in all is known.
    for (int rank : new int[] {8, 32}) {
      assertEquals(adapterPicos(truth(), rank), adapterPicos(fit.profile(), rank), 0.01 * 3e8);
    }
    assertEquals(List.of(), fit.unidentified());
    assertTrue(fit.errors().get(0).tokenTime() < 0.1, "error " + fit.errors().get(0).tokenTime());
    List<CalibrationError> left = Calibrator.from(START).stepErrorsLeftOut(grid());
    assertTrue(left.get(0).tokenTime() < 0.5, "left out " + left.get(0).tokenTime());
    assertEquals(grid().size(), left.stream().skip(1).mapToInt(CalibrationError::runs).sum());
  }

  /** One rank and one number of slots: what an adapter costs is known, not what of it is rank. */
  @Test
  void what_the_steps_do_not_vary_is_kept_and_named() {
    List<MeasuredStep> rows =
        grid().stream().filter(s -> s.maxLoras() == 96 && s.maxLoraRank() == 8).toList();
    CalibrationFit fit = Calibrator.from(START).fitSteps(rows);
    List<Constant> unknown = fit.unidentified().stream().map(FittedConstant::constant).toList();
    assertTrue(unknown.contains(Constant.ADAPTER_RANK), unknown.toString());
    assertTrue(unknown.contains(Constant.ADAPTER_REGISTERED), unknown.toString());
    assertTrue(unknown.contains(Constant.BASE_WITHOUT_LORA), unknown.toString());
    assertFalse(unknown.contains(Constant.ADAPTER) || unknown.contains(Constant.TOKEN));
    for (FittedConstant c : fit.unidentified()) {
      assertEquals(START.get(c.constant()), c.value());
      assertFalse(c.advice().isEmpty());
    }
    openInRanks(fit);
    MeasuredStep two = rows.get(40);
    assertEquals(
        two.seconds(),
        seconds(fit.profile(), 96, 8, two.tokens(), two.distinctAdapters(), two.contextTokens())
            + two.waiting() * fit.profile().get(Constant.WAITING) * 1e-12,
        0.02 * two.seconds());
    Calibrator calibrator = Calibrator.from(START);
    assertThrows(
        IllegalArgumentException.class, () -> calibrator.stepErrorsLeftOut(rows.subList(0, 1)));
    assertThrows(IllegalArgumentException.class, () -> calibrator.fitSteps(rows.subList(0, 5)));
  }

  /**
   * No step was without LoRA: its base is as open as half of its start. Rank and registration are
   * not far from that, but a step of the measured rank is as certain as before, because what one of
   * them has more another has less; one of rank 128 is not.
   */
  private static void openInRanks(CalibrationFit fit) {
    for (FittedConstant c : fit.unidentified()) {
      double half = 0.5 * START.get(c.constant());
      assertTrue(c.standardError() > 0.5 * half, c.toString());
      if (c.constant() == Constant.BASE_WITHOUT_LORA) {
        assertEquals(half, c.standardError(), 1e-3 * half);
      }
    }
    double measured = relativeDeviation(fit, 8);
    double never = relativeDeviation(fit, 128);
    assertTrue(measured < 0.002, "rank 8: " + measured);
    assertTrue(never > 0.05, "rank 128: " + never);
    assertTrue(fit.profile().uncertainty().known());
  }

  /** Standard deviation over mean of a step with 40 adapters in 96 slots. */
  private static double relativeDeviation(CalibrationFit fit, int rank) {
    Map<Constant, Double> terms = StepTerms.of(LLAMA, START.engine(), 96, rank, 192, 200, 40);
    double[] sum = new double[fit.constants().size()];
    double picos = 0;
    for (int c = 0; c < sum.length; c++) {
      double count = terms.getOrDefault(fit.constants().get(c).constant(), 0.0);
      picos += count * fit.constants().get(c).value();
      for (int k = 0; k < sum.length; k++) {
        sum[k] += count * fit.factor().get(c)[k];
      }
    }
    double squares = 0;
    for (double value : sum) {
      squares += value * value;
    }
    return Math.sqrt(squares) / picos;
  }

  /** Steps that need less than no time for an adapter of low tokens: 0, but not for certain. */
  @Test
  void a_constant_that_would_be_negative_is_nothing_within_its_error() {
    List<MeasuredStep> rows = new ArrayList<>();
    RandomStream noise = new RandomStreams(5).stream("noise", 0);
    double low = truth().get(Constant.ADAPTER_LOW_TOKENS) * 1e-12;
    for (MeasuredStep s : grid()) {
      double less = s.tokens() <= 120 ? s.distinctAdapters() * (low + 3e-5) : 0;
      double seconds = (s.seconds() - less) * (1 + 0.01 * noise.nextGaussian());
      rows.add(
          new MeasuredStep(
              s.scenario(),
              s.maxLoras(),
              s.maxLoraRank(),
              s.maxCpuLoras(),
              s.tokens(),
              s.contextTokens(),
              s.distinctAdapters(),
              s.waiting(),
              seconds,
              s.steps()));
    }
    for (FittedConstant c : Calibrator.from(START).fitSteps(rows).constants()) {
      if (c.constant() == Constant.ADAPTER_LOW_TOKENS) {
        assertTrue(c.identified(), c.toString());
        assertEquals(0, c.value());
        assertTrue(c.standardError() > 1e5 && c.standardError() < 2e7, c.toString());
      }
    }
  }

  @Property(tries = 300)
  void the_sum_of_terms_is_what_a_simulated_step_costs(
      @ForAll EngineVersion version,
      @ForAll @IntRange(max = 128) int slots,
      @ForAll @IntRange(min = 1, max = 64) int rank,
      @ForAll @IntRange(min = 1, max = 1024) int tokens,
      @ForAll @IntRange(max = 200) int adapters) {
    int distinct = Math.min(adapters, Math.min(slots, tokens));
    BoundStepCosts costs =
        StepTimeModel.of(Gpus.named(START.gpu()), LLAMA, new Calibration(version, List.of(truth())))
            .bind(
                EngineConfig.builder()
                    .kvBlocks(20_000)
                    .maxLoras(slots)
                    .maxLoraRank(rank)
                    .maxCpuLoras(2 * slots)
                    .maxNumSeqs(1024)
                    .build());
    BatchShape shape = new BatchShape();
    shape.decodeRequests = tokens;
    shape.loraTokens = distinct == 0 ? 0 : tokens;
    shape.distinctAdapters = distinct;
    double simulated = costs.computePicos(shape) * 1e-12;
    assertEquals(simulated, seconds(truth(), version, slots, rank, tokens, distinct, 0), 1e-9);
  }

  private static String table() {
    StringBuilder text = new StringBuilder(HEADER);
    for (MeasuredStep s : grid()) {
      text.append(
          String.format(
              Locale.ROOT,
              "Llama 3.1 8B Instruct,%s,%d,%d,%.0f,%d,%d,%.0f,20,%.6f%n",
              s.maxLoras() == 0 ? "" : s.maxLoras(),
              s.maxLoraRank(),
              s.maxCpuLoras(),
              s.contextTokens(),
              s.distinctAdapters(),
              s.tokens(),
              s.waiting(),
              1e3 * s.seconds()));
    }
    return text.toString();
  }

  private static CalibrationFit fit(String text) throws IOException {
    MeasuredSteps steps =
        MeasuredSteps.read("steps.csv", new StringReader(text), "llama-3.1-8b-instruct");
    return Calibrator.from(START).fitSteps(steps.steps());
  }

  @Test
  void a_table_gives_what_its_steps_give() throws IOException {
    CalibrationFit read = fit(table());
    assertEquals(15e9, read.profile().get(Constant.BASE), 0.03 * 15e9);
  }

  /** What is replaced in the table, by what, and what the message must name. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "step_ms | step | step_ms is missing",
        "adapter_slots | slots | adapter_slots is missing",
        "model, | base, | model is missing",
        ",20, | ,NaN, | finite",
        ",20, | ,many, | expected a number",
        ",20, | ,0, | steps is 0",
        ",96,8, | ,-96,8, | adapter_slots is -96",
        ",96,8, | ,96.5,8, | whole number",
        ",96,8, | ,96,8000, | max_lora_rank is 8000",
        ",96,8,192, | ,96,8,12, | max_cpu_loras is 12",
        ",96,8,192, | ,96,8,192.5, | max_cpu_loras is '192.5', expected a whole number",
        "Llama 3.1 8B Instruct | Llama 9 | 0 steps",
      })
  void mistakes_in_a_table_are_named(String from, String to, String words) {
    String text = table().replace(from, to);
    assertFalse(text.equals(table()), "nothing was replaced: " + from);
    Exception e = assertThrows(RuntimeException.class, () -> fit(text));
    assertTrue(e.getMessage().contains(words), e.getMessage());
  }

  @Test
  void a_part_of_a_token_is_refused() {
    String text = table().replaceFirst("(?m)(\\d+)(,[\\d.]+,[\\d.]+,[\\d.]+)$", "3.7$2");
    Exception e = assertThrows(MalformedInputException.class, () -> fit(text));
    String words = "steps.csv, line 2: batched_tokens is '3.7', expected a whole number";
    assertEquals(words, e.getMessage());
  }

  @Test
  void a_table_that_is_not_utf8_is_named(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("latin.csv");
    Files.write(file, ("caf\u00e9," + table()).getBytes(StandardCharsets.ISO_8859_1));
    Exception e =
        assertThrows(MalformedInputException.class, () -> MeasuredSteps.read(file, LLAMA.name()));
    assertTrue(e.getMessage().startsWith("latin.csv: the bytes are not UTF-8"), e.getMessage());
    Files.write(file, (table() + "caf\u00e9\n").getBytes(StandardCharsets.ISO_8859_1));
    assertThrows(MalformedInputException.class, () -> MeasuredSteps.read(file, LLAMA.name()));
  }

  /** A disk that fails is no fault of the table. */
  @Test
  void a_text_that_cannot_be_read_gives_the_reason() {
    IOException reason = new IOException("gone");
    Reader broken =
        new Reader() {
          @Override
          public int read(char[] into, int from, int length) throws IOException {
            throw reason;
          }

          @Override
          public void close() {}
        };
    assertSame(
        reason,
        assertThrows(IOException.class, () -> MeasuredSteps.read("s", broken, LLAMA.name())));
  }

  @Test
  void seconds_and_microseconds_are_detected_by_what_is_possible() {
    String seconds = table().replaceAll("(?m),(\\d+)\\.(\\d+)$", ",0.0$1$2");
    Exception e = assertThrows(IllegalArgumentException.class, () -> fit(seconds));
    assertTrue(e.getMessage().contains("seconds where milliseconds"), e.getMessage());
    String micros = table().replaceAll("(?m),(\\d+)\\.(\\d{3})\\d*$", ",$1$200");
    Exception other = assertThrows(RuntimeException.class, () -> fit(micros));
    assertTrue(other.getMessage().contains("microseconds"), other.getMessage());
  }

  /** The published steps: rank 8, 300 slots, and without LoRA. */
  @ParameterizedTest
  @CsvSource({"0, 2.0, 3.2", "1, 2.0, 3.2"})
  void published_steps_are_within_a_few_percent(int which, double inSample, double leftOut)
      throws IOException {
    Path table = Path.of(System.getProperty("twin.measurements", ""), "engine-steps.csv");
    assumeTrue(Files.exists(table), "no table of steps");
    CalibrationProfile start = StepTimeModel.profiles().get(which).roundStart();
    MeasuredSteps steps = MeasuredSteps.read(table, start.model());
    assertTrue(steps.steps().size() > 250 && steps.passedOver() > 0, "rows " + steps.passedOver());
    CalibrationFit fit = Calibrator.from(start).fitSteps(steps.steps());
    List<CalibrationError> left = Calibrator.from(start).stepErrorsLeftOut(steps.steps());
    List<Constant> unknown = fit.unidentified().stream().map(FittedConstant::constant).toList();
    assertTrue(unknown.contains(Constant.ADAPTER_RANK), unknown.toString());
    String words = fit.errors() + " " + left + " " + fit.constants();
    assertTrue(fit.errors().get(0).tokenTime() < inSample, words);
    assertTrue(left.get(0).tokenTime() < leftOut, words);
  }
}
