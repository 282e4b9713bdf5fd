package io.github.adaptertwin.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.adaptertwin.core.input.MalformedInputException;
import io.github.adaptertwin.core.request.RequestTrace;
import io.github.adaptertwin.workload.arrival.ArrivalLaw;
import io.github.adaptertwin.workload.arrival.SessionArrivals;
import io.github.adaptertwin.workload.length.FixedLengths;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WorkloadFileTest {
  private static final String FIXED =
      "{\"law\": \"fixed\", \"inputTokens\": 5, \"outputTokens\": 5}";

  private static WorkloadFile read(int version, String lengths, String tail) {
    return WorkloadFile.read(
        "w.json",
        new StringReader(
            "{\"schemaVersion\": "
                + version
                + ", \"baseModel\": \"m\", \"horizonSeconds\": 100,\n\"lengths\": "
                + lengths
                + ",\n"
                + tail
                + "}"));
  }

  private static ArrivalLaw law(String json) {
    String adapter = "\"adapters\": [{\"id\": \"a\", \"rank\": 8, \"arrivals\": " + json + "}]";
    return read(2, FIXED, adapter).workload().adapters().get(0).arrivals();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'law': 'poisson', 'ratePerSecond': 49}",
        "{'law': 'gamma', 'ratePerSecond': 0.3, 'cv': 2.5}",
        "{'ratePerSecond': 0.7, 'shape': 0.6, 'law': 'weibull'}",
        "{'law': 'lognormal', 'ratePerSecond': 3, 'sigma': 1.1}",
        "{'law': 'mmpp', 'firstRatePerSecond': 4.62, 'secondRatePerSecond': 7,"
            + " 'firstDwellSeconds': 122, 'secondDwellSeconds': 75}",
        "{'law': 'commonMmpp', 'firstRatePerSecond': 0, 'secondRatePerSecond': 7,"
            + " 'firstDwellSeconds': 12, 'secondDwellSeconds': 750}",
        "{'law': 'bursts', 'sizeMu': 3.29, 'sizeSigma': 1.42,"
            + " 'gaps': {'law': 'gamma', 'meanSeconds': 0.092, 'cv': 1.41},"
            + " 'silences': {'law': 'lognormal', 'mu': 1.71, 'sigma': 1.47}}",
        "{'law': 'diurnal', 'ratePerSecond': 3, 'amplitude': 0.2}",
        "{'law': 'piecewise', 'pieces': [{'seconds': 10, 'ratePerSecond': 0},"
            + " {'seconds': 3, 'ratePerSecond': 2.1}]}",
        "{'law': 'counted', 'count': 100, 'horizonSeconds': 50}",
        "{'law': 'unpredictable', 'ratePerSecond': 0.1}",
        "{'law': 'switching', 'ratePerSecond': 0.1, 'sigma': 1}",
        "{'law': 'drifting', 'ratePerSecond': 0.1, 'sigma': 1, 'correlation': 0.9,"
            + " 'epochSeconds': 3600}",
        "{'law': 'sessions', 'ratePerSecond': 0.1, 'repeatProbability': 0.79,"
            + " 'gaps': {'law': 'lognormal', 'medianSeconds': 123, 'sigma': 1},"
            + " 'returnProbability': 0.1, 'returnGaps': {'law': 'exponential',"
            + " 'meanSeconds': 900}}",
        "{'law': 'sessions', 'repeatProbability': 0.5,"
            + " 'gaps': {'law': 'weibull', 'meanSeconds': 10, 'shape': 0.7},"
            + " 'begins': {'law': 'diurnal', 'ratePerSecond': 3, 'amplitude': 0.2}}",
        "{'law': 'superposed', 'clients': [{'law': 'poisson', 'ratePerSecond': 2},"
            + " {'law': 'gamma', 'ratePerSecond': 1, 'cv': 3}]}",
      })
  void every_law_of_arrival_is_read_and_written_back_equal(String quoted) {
    String adapter =
        "\"adapters\": [{\"id\": \"a\", \"rank\": 8, \"arrivals\": "
            + quoted.replace('\'', '"')
            + "}], \"baseModelArrivals\": "
            + quoted.replace('\'', '"');
    WorkloadFile file = read(2, FIXED, adapter);
    WorkloadFile back = WorkloadFile.read("back", new StringReader(file.toJson()));
    ArrivalLaw law = file.workload().adapters().get(0).arrivals();
    assertEquals(law, back.workload().adapters().get(0).arrivals());
    assertEquals(law, back.workload().baseModelArrivals().orElseThrow());
    assertEquals(file.toJson(), back.toJson());
    RequestTrace requests = file.workload().generate(5, 0);
    assertEquals(requests, back.workload().generate(5, 0));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'law': 'fixed', 'inputTokens': 5, 'outputTokens': 6}",
        "{'law': 'rows', 'inputTokens': [5, 6, 7], 'outputTokens': [1, 2, 3]}",
        "{'law': 'truncatedGamma', 'inputMean': 223, 'inputSd': 240, 'outputMean': 196,"
            + " 'outputSd': 202, 'correlation': -0.4}",
        "{'law': 'coupled', 'input': {'law': 'lognormal', 'mean': 300, 'sd': 200, 'most': 4000},"
            + " 'output': {'law': 'weibull', 'mean': 200, 'sd': 100, 'least': 4, 'most': 2000},"
            + " 'correlation': 0.2}",
        "{'law': 'coupled', 'input': {'law': 'empirical', 'tokens': [5, 9, 700]},"
            + " 'output': {'law': 'fixed', 'tokens': 20}, 'maxTotal': 1000}",
      })
  void every_law_of_lengths_is_read_and_written_back_equal(String quoted) {
    String adapter = "\"adapters\": [{\"id\": \"a\", \"rank\": 8, \"ratePerSecond\": 1}]";
    WorkloadFile file = read(2, quoted.replace('\'', '"'), adapter);
    WorkloadFile back = WorkloadFile.read("back", new StringReader(file.toJson()));
    assertEquals(file.toJson(), back.toJson());
    assertEquals(file.workload().generate(1, 0), back.workload().generate(1, 0));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"law\": \"zipf\", \"alpha\": 1} | 6",
        "{\"law\": \"uniform\"} | 3.6666666666666665",
        "{\"law\": \"geometric\", \"factor\": 2} | 6.285714285714286",
        "{\"law\": \"powerCdf\", \"alpha\": 1} | 3.6666666666666665",
        "{\"law\": \"dealt\", \"weights\": [9, 1]} | 5.2105263157894735",
      })
  void a_rate_is_shared_by_popularity(String popularity, double first) {
    String tail =
        "\"sharedAdapters\": {\"count\": 3, \"ranks\": [8, 16], \"popularity\": "
            + popularity
            + ", \"ratePerSecond\": 11}";
    List<AdapterTraffic> adapters = read(2, FIXED, tail).workload().adapters();
    assertEquals(first, adapters.get(0).ratePerSecond(), 1e-9);
    assertEquals("adapter-2", adapters.get(2).adapter().id());
  }

  @Test
  void dealt_and_shared_adapters_take_a_law_of_arrival() {
    String sessions =
        "{\"law\": \"sessions\", \"repeatProbability\": 0.5,"
            + " \"gaps\": {\"law\": \"exponential\", \"meanSeconds\": 9}}";
    Workload shared =
        read(
                2,
                FIXED,
                "\"sharedAdapters\": {\"idPrefix\": \"u\", \"count\": 9, \"ranks\": [8],"
                    + " \"popularity\": {\"law\": \"dirichlet\", \"concentration\": 0.5,"
                    + " \"seed\": 3}, \"ratePerSecond\": 7, \"arrivals\": "
                    + sessions
                    + "}")
            .workload();
    assertEquals(7, shared.ratePerSecond(), 1e-9);
    assertTrue(shared.adapters().get(4).arrivals() instanceof SessionArrivals);
    Workload dealt =
        read(
                2,
                FIXED,
                "\"dealtAdapters\": {\"count\": 9, \"ranks\": [8], \"ratesPerSecond\": [2, 1],"
                    + " \"shuffleSeed\": 4, \"arrivals\": "
                    + sessions
                    + "}")
            .workload();
    assertEquals(5 * 2 + 4, dealt.ratePerSecond(), 1e-9);
    assertTrue(dealt.adapters().get(4).arrivals() instanceof SessionArrivals);
  }

  @Test
  void version_one_is_read_as_ever_and_knows_no_laws() {
    String adapter = "\"adapters\": [{\"id\": \"a\", \"rank\": 8, \"ratePerSecond\": 1";
    WorkloadFile one = read(1, FIXED, adapter + "}]");
    assertEquals(1, one.workload().ratePerSecond());
    assertTrue(one.toJson().contains("\"schemaVersion\": 2"));
    Exception e =
        assertThrows(
            MalformedInputException.class,
            () -> read(1, FIXED, adapter + ", \"arrivals\": {\"law\": \"poisson\"}}]"));
    assertTrue(e.getMessage().contains("unknown member 'arrivals'"), e.getMessage());
    Exception three =
        assertThrows(MalformedInputException.class, () -> read(3, FIXED, adapter + "}]"));
    assertTrue(three.getMessage().contains("[1, 2]"), three.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"law\": \"gama\", \"cv\": 2} | known are poisson",
        "{\"law\": \"gamma\"} | 'cv' is missing",
        "{\"law\": \"gamma\", \"cv\": -2} | -2",
        "{\"law\": \"gamma\", \"cv\": \"x\"} | expected a number",
        "{\"law\": \"gamma\", \"cv\": 2, \"CV\": 3} | unknown member 'CV'",
        "{\"law\": \"gamma\", \"cv\": 2, \"cv\": 3} | twice",
        "{\"law\": 5} | expected a string",
        "{\"law\": \"sessions\", \"repeatProbability\": 0.5, \"gaps\": 5} | expected an object",
        "{\"law\": \"sessions\", \"repeatProbability\": 0.5, \"gaps\": {\"law\": \"x\"}} | gaps is",
        "{\"law\": \"superposed\", \"clients\": {}} | expected an array",
        "{\"law\": \"superposed\", \"clients\": [3]} | expected an object",
        "{\"law\": \"counted\", \"count\": 1.5, \"horizonSeconds\": 3} | whole number",
        "{\"law\": \"piecewise\", \"pieces\": []} | none of the 0",
      })
  void a_broken_law_names_the_place_and_the_trouble(String json, String words) {
    Exception e = assertThrows(MalformedInputException.class, () -> law(json));
    assertTrue(e.getMessage().contains(words), e.getMessage());
    assertTrue(e.getMessage().startsWith("w.json, line 3, column"), e.getMessage());
    assertTrue(e.getMessage().contains("$.adapters[0].arrivals"), e.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"law\": \"x\"} | known are fixed",
        "{\"law\": \"rows\", \"inputTokens\": [1], \"outputTokens\": [1, 2]} | same number",
        "{\"law\": \"rows\", \"inputTokens\": [0.5], \"outputTokens\": [1]} | whole numbers",
        "{\"law\": \"rows\", \"inputTokens\": [\"x\"], \"outputTokens\": [1]} | numbers only",
        "{\"law\": \"coupled\", \"input\": {\"law\": \"x\"}, \"output\": {\"law\": \"x\"}} | known",
        "{\"law\": \"fixed\", \"inputTokens\": 1.5, \"outputTokens\": 5} | whole number",
      })
  void broken_lengths_name_the_trouble(String json, String words) {
    Exception e =
        assertThrows(MalformedInputException.class, () -> read(2, json, "\"adapters\": []"));
    assertTrue(e.getMessage().contains(words), e.getMessage());
  }

  @Test
  void popularity_and_ways_of_naming_adapters_are_checked() {
    String shared = "\"sharedAdapters\": {\"count\": 3, \"ranks\": [8], \"ratePerSecond\": 1,";
    Exception law =
        assertThrows(
            MalformedInputException.class,
            () -> read(2, FIXED, shared + "\"popularity\": {\"law\": \"punica\"}}"));
    assertTrue(law.getMessage().contains("geometric"), law.getMessage());
    assertThrows(
        MalformedInputException.class,
        () -> read(2, FIXED, shared + "\"popularity\": {\"law\": \"zipf\", \"alpha\": -1}}"));
    Exception two =
        assertThrows(
            MalformedInputException.class,
            () -> read(2, FIXED, "\"adapters\": [], \"dealtAdapters\": {}"));
    assertTrue(two.getMessage().contains("one of"), two.getMessage());
    Workload recorded =
        Workload.recorded(
            "m",
            read(2, FIXED, "\"adapters\": [{\"id\": \"a\", \"rank\": 8, \"ratePerSecond\": 1}]")
                .workload()
                .adapters(),
            new FixedLengths(1, 1),
            10,
            RequestTrace.builder(1).build());
    WorkloadFile file =
        new WorkloadFile(recorded, new WorkloadFile.Lengths.Fixed(new FixedLengths(1, 1)));
    assertThrows(IllegalStateException.class, file::toJson);
  }

  @Test
  void the_documented_examples_are_workloads() throws IOException {
    Path folder = Path.of("..", "docs", "examples");
    assumeTrue(Files.isDirectory(folder), "no documentation beside the module");
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".json")).toList()) {
        Workload workload = WorkloadFile.read(file).workload();
        assertTrue(workload.generate(1, 0).size() > 100, file.toString());
      }
    }
  }

  /** The first version knows no such member: it is the one to be told of. */
  @Test
  void shared_adapters_are_unknown_to_the_first_version() {
    String text =
        """
        {"schemaVersion": 1, "baseModel": "m", "horizonSeconds": 60,
         "lengths": {"law": "fixed", "inputTokens": 1, "outputTokens": 1},
         "sharedAdapters": {"count": 2, "ranks": [8], "ratePerSecond": 1,
                            "popularity": {"law": "uniform"}}}\
        """;
    String message =
        assertThrows(
                MalformedInputException.class,
                () -> WorkloadFile.read("old.json", new StringReader(text)))
            .getMessage();
    assertTrue(message.contains("unknown member 'sharedAdapters'"), message);
  }
}
