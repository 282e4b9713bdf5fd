package io.github.adaptertwin.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import io.github.adaptertwin.core.input.MalformedInputException;
import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.core.request.RequestTrace;
import io.github.adaptertwin.core.time.SimulatedTime;
import io.github.adaptertwin.workload.length.FixedLengths;
import io.github.adaptertwin.workload.length.LengthLaw;
import io.github.adaptertwin.workload.length.PooledLengths;
import io.github.adaptertwin.workload.length.TruncatedGammaPair;
import io.github.adaptertwin.workload.popularity.Zipf;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WorkloadTest {
  private static final FixedLengths LENGTHS = new FixedLengths(250, 230);

  private static AdapterTraffic traffic(String id, double rate) {
    return new AdapterTraffic(new LoraAdapter(id, 8), rate);
  }

  private static Workload workload(AdapterTraffic... adapters) {
    return Workload.poisson("llama-3.1-8b-instruct", List.of(adapters), LENGTHS, 1000);
  }

  private static List<Long> arrivals(RequestTrace trace, int adapter) {
    List<Long> arrivals = new ArrayList<>();
    for (int i = 0; i < trace.size(); i++) {
      if (trace.adapter(i) == adapter) {
        arrivals.add(trace.arrivalPicos(i));
      }
    }
    return arrivals;
  }

  @Test
  void another_adapter_shifts_nobody() {
    RequestTrace two = workload(traffic("a", 1), traffic("b", 2)).generate(7, 0);
    RequestTrace three = workload(traffic("a", 1), traffic("x", 5), traffic("b", 2)).generate(7, 0);
    assertEquals(arrivals(two, 0), arrivals(three, 0));
    assertEquals(arrivals(two, 1), arrivals(three, 2));
  }

  @Test
  void restricting_keeps_the_requests_of_those_who_stay() {
    Workload both = workload(traffic("a", 1), traffic("b", 2));
    RequestTrace only = both.restrictedTo(List.of(traffic("b", 2))).generate(7, 0);
    assertEquals(arrivals(both.generate(7, 0), 1), arrivals(only, 0));
  }

  /** 2,000 arrivals expected: five standard deviations are 224. */
  @Test
  void arrivals_are_poisson() {
    List<Long> arrivals = arrivals(workload(traffic("a", 2)).generate(11, 0), 0);
    assertEquals(2000, arrivals.size(), 224);
    double sum = 0;
    double squares = 0;
    for (int i = 1; i < arrivals.size(); i++) {
      double gap = (arrivals.get(i) - arrivals.get(i - 1)) * 1e-12;
      sum += gap;
      squares += gap * gap;
    }
    int n = arrivals.size() - 1;
    double mean = sum / n;
    double cv = Math.sqrt(squares / n - mean * mean) / mean;
    // The standard error of the CV of n exponential gaps is 1 / sqrt(n).
    assertEquals(1, cv, 5 / Math.sqrt(n));
  }

  @Test
  void offered_load_is_rate_times_tokens() {
    Workload w = workload(traffic("a", 1), traffic("b", 2));
    assertEquals(3, w.ratePerSecond());
    assertEquals(3 * 480, w.offeredTokensPerSecond(), 1e-9);
    assertEquals(2, w.loraAdapters().size());
  }

  private static String digest(RequestTrace trace) {
    Hasher hasher = Hashing.sha256().newHasher();
    for (int i = 0; i < trace.size(); i++) {
      hasher
          .putLong(trace.arrivalPicos(i))
          .putInt(trace.adapter(i))
          .putInt(trace.inputTokens(i))
          .putInt(trace.outputTokens(i));
    }
    return hasher.hash().toString();
  }

  @Test
  void the_requests_of_the_example_never_change() {
    Workload example = WorkloadFile.embeddedExample().workload();
    assertEquals(
        "5fe2ed270b56311117cce45c5671859bd764ec9b443bb677f6faf2b3103defe9",
        digest(example.generate(1, 0)));
    assertNotEquals(digest(example.generate(1, 0)), digest(example.generate(2, 0)));
    assertNotEquals(digest(example.generate(1, 0)), digest(example.generate(1, 1)));
  }

  @ParameterizedTest
  @ValueSource(doubles = {-1, 0, Double.NaN, Double.POSITIVE_INFINITY})
  void rates_that_are_no_rates_are_refused_with_the_value(double rate) {
    Exception e = assertThrows(IllegalArgumentException.class, () -> traffic("a", rate));
    assertTrue(e.getMessage().contains(String.valueOf(rate)), e.getMessage());
  }

  @Test
  void empty_workloads_and_twins_are_refused() {
    assertThrows(IllegalArgumentException.class, () -> workload());
    Exception twin =
        assertThrows(
            IllegalArgumentException.class, () -> workload(traffic("a", 1), traffic("a", 2)));
    assertTrue(twin.getMessage().contains("'a'"), twin.getMessage());
    assertThrows(
        IllegalArgumentException.class,
        () -> Workload.poisson("m", List.of(traffic("a", 1)), LENGTHS, 0));
    assertThrows(
        IllegalArgumentException.class,
        () -> Workload.poisson(" ", List.of(traffic("a", 1)), LENGTHS, 10));
    assertThrows(IllegalArgumentException.class, () -> new FixedLengths(0, 1));
  }

  @Test
  void a_file_that_is_written_is_read_back(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("w.json");
    WorkloadFile example = WorkloadFile.embeddedExample();
    example.write(file);
    WorkloadFile back = WorkloadFile.read(file);
    assertEquals(example.toJson(), back.toJson());
    assertEquals(digest(example.workload().generate(3, 0)), digest(back.workload().generate(3, 0)));
    assertEquals(96, back.workload().adapters().size());
  }

  private static final String HEAD =
      """
      {"schemaVersion": 1, "baseModel": "m", "horizonSeconds": 10,
      "lengths": {"law": "fixed", "inputTokens": 5, "outputTokens": 5},
      """;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"adapters\": [{\"id\": \"a\", \"rank\": 8, \"ratePerSecond\": 1}]} x | line 3",
        "\"adapters\": [{\"id\": \"a\", \"rank\": 8 | cut off",
        "\"adapters\": []} | at least one",
        "\"adapters\": [{\"id\": \"a\", \"rank\": 0, \"ratePerSecond\": 1}]} | rank",
        "\"adapters\": [{\"id\": \"a\", \"rank\": 8, \"ratePerSecond\": -2}]} | -2",
        "\"adapters\": [{\"id\": \"a\", \"rank\": 8}]} | ratePerSecond",
        "\"adapters\": [{\"id\": 5, \"rank\": 8, \"ratePerSecond\": 1}]} | expected a string",
        "\"surprise\": 1} | surprise",
        "\"dealtAdapters\": {\"idPrefix\": \"a\", \"count\": 0, \"ranks\": [8],"
            + " \"ratesPerSecond\": [1]}} | count",
      })
  void a_broken_file_names_the_place_and_the_trouble(String tail, String words) {
    MalformedInputException e =
        assertThrows(
            MalformedInputException.class,
            () -> WorkloadFile.read("w.json", new StringReader(HEAD + tail)));
    assertTrue(e.getMessage().contains(words), e.getMessage());
    assertTrue(e.getMessage().startsWith("w.json"), e.getMessage());
  }

  @Test
  void gamma_lengths_with_impossible_figures_are_refused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new TruncatedGammaPair(-1, 240, 1024, 196, 202, 2048, 0).pool());
    assertThrows(
        IllegalArgumentException.class,
        () -> new TruncatedGammaPair(223, 0, 1024, 196, 202, 2048, 0).pool());
    assertThrows(
        IllegalArgumentException.class,
        () -> new TruncatedGammaPair(2000, 240, 1024, 196, 202, 2048, 0).pool());
    assertThrows(
        IllegalArgumentException.class,
        () -> new TruncatedGammaPair(223, 240, 1024, Double.NaN, 202, 2048, 0).pool());
    assertThrows(
        IllegalArgumentException.class,
        () -> new TruncatedGammaPair(223, 240, 1024, 196, 202, 2048, 1.5).pool());
  }

  @Test
  void dealing_needs_adapters_ranks_and_rates() {
    List<Integer> ranks = List.of(8);
    List<Double> rates = List.of(1.0);
    assertThrows(IllegalArgumentException.class, () -> DealtAdapters.of("a", 0, ranks, rates));
    assertThrows(IllegalArgumentException.class, () -> DealtAdapters.of("a", 1, List.of(), rates));
    assertThrows(IllegalArgumentException.class, () -> DealtAdapters.of("a", 1, ranks, List.of()));
  }

  @Test
  void gamma_lengths_keep_their_means() {
    TruncatedGammaPair law = TruncatedGammaPair.shareGpt(196.5);
    io.github.adaptertwin.workload.length.LengthLaw pool = law.pool();
    assertEquals(223, pool.meanInputTokens(), 3);
    assertEquals(196.5, pool.meanOutputTokens(), 3);
  }

  @Test
  void zipf_shares_fall_as_a_power_of_the_rank() {
    Zipf zipf = new Zipf(3, 1);
    assertEquals(6.0 / 11, zipf.share(0), 1e-12);
    assertEquals(3.0 / 11, zipf.share(1), 1e-12);
    assertEquals(2.0 / 11, zipf.share(2), 1e-12);
    assertThrows(IllegalArgumentException.class, () -> new Zipf(0, 1));
    assertThrows(IllegalArgumentException.class, () -> new Zipf(3, Double.NaN));
  }

  /**
   * Means and standard deviations of 4,000 sums of 500 (one by one) and of 2,000 (normal) pairs.
   */
  @Test
  void sums_of_pairs_have_the_moments_of_their_law() {
    LengthLaw law = PooledLengths.ofRows(new int[] {10, 20, 90}, new int[] {50, 40, 6});
    double sdInput = Math.sqrt((30 * 30 + 20 * 20 + 50 * 50) / 3.0);
    double sdOutput = Math.sqrt((18 * 18 + 8 * 8 + 26 * 26) / 3.0);
    RandomStream stream = new RandomStreams(11).stream("sums", 0);
    int n = 4000;
    for (int count : new int[] {500, 2000}) {
      double input = 0;
      double inputSquares = 0;
      double outputSquares = 0;
      double products = 0;
      for (int i = 0; i < n; i++) {
        long[] sum = law.drawSum(stream, count);
        double x = sum[0] - 40.0 * count;
        double y = sum[1] - 32.0 * count;
        input += x;
        inputSquares += x * x;
        outputSquares += y * y;
        products += x * y;
      }
      double root = Math.sqrt(count);
      assertEquals(0, input / n, 4 * sdInput * root / Math.sqrt(n));
      assertEquals(sdInput * root, Math.sqrt(inputSquares / n), 0.05 * sdInput * root);
      assertEquals(sdOutput * root, Math.sqrt(outputSquares / n), 0.05 * sdOutput * root);
      // Correlation of the rows: (-30 * 18 - 20 * 8 - 50 * 26) / (3 sdInput sdOutput).
      double expected = -2000 / (3 * sdInput * sdOutput);
      assertEquals(expected, products / Math.sqrt(inputSquares * outputSquares), 0.02);
    }
  }

  private static RequestTrace recording() {
    return RequestTrace.builder(2)
        .waitingCap(7)
        .hashBlockTokens(16)
        .add(1_000, 0, 20, 3, 2)
        .prefixHashes(5, 6)
        .add(2_000, 1, 30, 4, 1)
        .prefixHashes(8, 9)
        .add(3_000, -1, 10, 1)
        .add(2 * SimulatedTime.PICOS_PER_SECOND, 1, 10, 1)
        .build();
  }

  /** A part sees what the whole sees: priorities, prefixes and the load client's cap as well. */
  @Test
  void a_part_of_a_recording_keeps_all_that_its_requests_carry() {
    List<AdapterTraffic> adapters = List.of(traffic("a", 1), traffic("b", 1));
    Workload whole = Workload.recorded("m", adapters, new FixedLengths(1, 1), 3600, recording());
    assertEquals(recording(), whole.generate(1, 0));
    RequestTrace part = whole.restrictedTo(List.of(adapters.get(1))).generate(1, 0);
    assertEquals(
        RequestTrace.builder(1)
            .waitingCap(7)
            .hashBlockTokens(16)
            .add(2_000, 0, 30, 4, 1)
            .prefixHashes(8, 9)
            .add(2 * SimulatedTime.PICOS_PER_SECOND, 0, 10, 1)
            .build(),
        part);
  }

  @Test
  void requests_from_the_horizon_on_are_left_out_of_a_recording() {
    List<AdapterTraffic> adapters = List.of(traffic("a", 1), traffic("b", 1));
    Workload cut = Workload.recorded("m", adapters, new FixedLengths(1, 1), 2, recording());
    assertEquals(3, cut.generate(1, 0).size());
    assertEquals(16, cut.generate(1, 0).hashBlockTokens());
  }
}
