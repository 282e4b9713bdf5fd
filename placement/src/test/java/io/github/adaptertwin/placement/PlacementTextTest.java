package io.github.adaptertwin.placement;

import static io.github.adaptertwin.placement.Workloads.H100;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.input.MalformedInputException;
import io.github.adaptertwin.core.report.Estimate;
import io.github.adaptertwin.core.report.Verdict;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.placement.bound.LowerBound;
import io.github.adaptertwin.placement.capacity.Prediction;
import io.github.adaptertwin.placement.capacity.SharedAdapter;
import io.github.adaptertwin.workload.AdapterTraffic;
import java.io.StringReader;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The JSON form of a plan of which every figure is another. */
class PlacementTextTest {
  private static final GpuSpec OWN =
      GpuSpec.builder("own-card")
          .architecture("ada")
          .source("a data sheet")
          .memoryGib(48)
          .bandwidthBytesPerSecond(8.64e11)
          .bf16FlopsPerSecond(3.62e14)
          .fp8FlopsPerSecond(7.24e14)
          .int8OpsPerSecond(7.25e14)
          .linkBytesPerSecond(6.4e10)
          .hostLinkBytesPerSecond(3.2e10)
          .smCount(142)
          .build();

  private static final Placement PLAN =
      new Placement(
          "own-model",
          List.of(
              load(
                  0,
                  OWN,
                  EngineFlags.builder()
                      .maxLoras(2)
                      .maxLoraRank(32)
                      .maxCpuLoras(3)
                      .maxNumSeqs(64)
                      .maxNumBatchedTokens(4096)
                      .maxModelLen(8192)
                      .gpuMemoryUtilization(0.85)
                      .tensorParallel(2)
                      .build()),
              load(1, H100, EngineFlags.builder().maxLoras(1).maxCpuLoras(1).build())),
          new LowerBound(1.25, 2, "by hand"),
          9_007_199_254_740_992L,
          true,
          List.of("a card", "a rank"));

  private static GpuLoad load(int index, GpuSpec gpu, EngineFlags flags) {
    AdapterTraffic whole = new AdapterTraffic(new LoraAdapter("a", 8), 0.5);
    AdapterTraffic part = new AdapterTraffic(new LoraAdapter("b", 32), 1.5);
    double nan = Double.NaN;
    return new GpuLoad(
        index,
        gpu,
        index == 0
            ? List.of(SharedAdapter.whole(whole), new SharedAdapter(part, 0, 0.25))
            : List.of(new SharedAdapter(part, 0.25, 1)),
        index * 0.5,
        0.5 + index * 0.5,
        flags,
        new Prediction(
            123_456_789_012L,
            1,
            2,
            0.75,
            0.01,
            0.02,
            0.03,
            4,
            5,
            0.5,
            6,
            index == 0 ? nan : 7,
            List.of(new Verdict("A", true, "kept"), new Verdict("B", false, "broken"))),
        new GpuLoad.Verified(
            3,
            new Estimate(0.9, 0.01, 3),
            new Estimate(1000, 10, 3),
            new Estimate(0.011, nan, 1),
            new Estimate(nan, nan, 0)));
  }

  private static Placement read(String json) {
    return Placement.read("plan.json", new StringReader(json));
  }

  @Test
  void every_figure_survives() {
    String json = PLAN.toJson();
    Placement again = read(json);
    assertEquals(PLAN, again);
    assertEquals(json, again.toJson());
    assertEquals(2.0, again.offeredTokensPerSecond());
    assertEquals(4.0, again.throughputTokensPerSecond());
    assertEquals(0, again.gap());
    assertTrue(json.endsWith("}\n"));
    assertTrue(json.contains("\"hostLoads\": null"), "what is not known is null");
    assertFalse(json.contains("NaN"));
  }

  /** What earlier readers do not know is written only where it says something. */
  @Test
  void usual_flags_and_figures_are_left_out() {
    String json = PLAN.toJson();
    String second = json.substring(json.indexOf("\"name\": \"h100-80gb-sxm\""));
    assertFalse(second.contains("tensorParallel"));
    assertFalse(second.contains("loraTargets"));
    assertFalse(json.contains("loraTargets"));
    assertTrue(json.contains("\"tensorParallel\": 2"));
    assertEquals(1, json.split("\"part\"", -1).length - 2, "a whole adapter has no part");
    assertTrue(json.contains("\"int8OpsPerSecond\": 7.25E14"));
  }

  /** Plans of before these figures take those of the catalogue. */
  @Test
  void a_card_without_other_figures_is_looked_up() {
    String json = PLAN.toJson();
    int from = json.indexOf("\"name\": \"h100-80gb-sxm\"");
    String old =
        json.substring(0, from)
            + json.substring(from)
                .replaceFirst("\"fp8FlopsPerSecond\": [^,]*,", "")
                .replaceFirst("\"int8OpsPerSecond\": [^,]*,", "")
                .replaceFirst("\"linkBytesPerSecond\": [^,]*,", "")
                .replaceFirst("\"hostLinkBytesPerSecond\": [^,]*,", "");
    assertEquals(H100, read(old).gpus().get(1).gpu());
    assertEquals(OWN, read(old).gpus().get(0).gpu());
  }

  private static String refusal(String json) {
    String message = assertThrows(MalformedInputException.class, () -> read(json)).getMessage();
    assertTrue(message.startsWith("plan.json, line "), message);
    return message;
  }

  @ParameterizedTest
  @CsvSource({
    "truncated, unknown member 'truncatedX' of a placement",
    "fractionalGpus, unknown member 'fractionalGpusX' of a bound",
    "method, unknown member 'methodX' of a bound",
    "base, unknown member 'baseX' of a GPU",
    "smCount, unknown member 'smCountX' of a card",
    "maxNumSeqs, unknown flag 'maxNumSeqsX'",
    "ratePerSecond, unknown member 'ratePerSecondX' of an adapter",
    "meanKvUse, unknown figure 'meanKvUseX' of a prediction",
    "feasible, unknown member 'feasibleX' of a verdict",
    "replications, unknown figure 'replicationsX' of a verification",
    "halfWidth, unknown member 'halfWidthX' of an estimate"
  })
  void a_member_that_is_not_known_is_refused(String member, String words) {
    String json = PLAN.toJson().replaceFirst("\"" + member + "\":", "\"" + member + "X\":");
    assertTrue(refusal(json).contains(words), refusal(json));
  }

  /** Members that a placement, a bound or a GPU cannot be without. */
  @ParameterizedTest
  @ValueSource(strings = {"\"schemaVersion\": 1,", "\"baseModel\": \"own-model\","})
  void what_must_be_given_is_asked_for(String member) {
    assertTrue(
        refusal(PLAN.toJson().replace(member, ""))
            .contains("schemaVersion, baseModel, bound and at least one GPU must be given"));
  }

  @Test
  void parts_that_are_missing_are_asked_for() {
    String json = PLAN.toJson();
    String noGpus = json.substring(0, json.lastIndexOf("\"gpus\": [")) + "\"gpus\": []}";
    assertTrue(refusal(noGpus).contains("at least one GPU must be given"), refusal(noGpus));
    String noBound = json.replaceFirst("(?s)\"bound\": \\{.*?\\},", "");
    assertTrue(refusal(noBound).contains("bound and at least one GPU"), refusal(noBound));
    assertTrue(
        refusal(json.replace("\"fractionalGpus\": 1.25,", ""))
            .contains("a bound needs fractionalGpus and gpus"));
    assertTrue(
        refusal(json.replaceFirst("\"gpus\": 2,", ""))
            .contains("a bound needs fractionalGpus and gpus"));
    for (String member : List.of("flags", "predicted", "verified")) {
      String without =
          json.replaceFirst("(?s)\"" + member + "\": (\\{[^{}]*(\\{[^{}]*\\}[^{}]*)*\\}),?", "")
              .replaceFirst(",(\\s*\\})", "$1");
      assertTrue(
          refusal(without).contains("a GPU needs gpu, flags, adapters, predicted and verified"),
          refusal(without));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "9007199254740992 | 9007199254740994 | is 9.007199254740994E15, must be a whole number of"
            + " at",
        "9007199254740992 | 1.5 | is 1.5, must be a whole number of at least 0",
        "9007199254740992 | -1 | is -1.0, must be a whole number of at least 0",
        "\"schemaVersion\": 1 | \"schemaVersion\": 2 | 2",
        "\"smCount\": 142 | \"smCount\": 0 | 0",
        "\"maxLoraRank\": 32 | \"maxLoraRank\": 0 | 0",
        "\"maxNumSeqs\": 64 | \"maxNumSeqs\": 0 | 0",
        "\"replications\": 3 | \"replications\": -1 | -1",
        "\"rank\": 8 | \"rank\": 0 | 0",
        "\"fractionalGpus\": 1.25 | \"fractionalGpus\": -1 | bound is -1.0 or 2 GPUs",
        "\"ratePerSecond\": 0.5 | \"ratePerSecond\": -1 | -1"
      })
  void values_outside_of_their_bounds_are_refused(String was, String now, String words) {
    String json = PLAN.toJson();
    assertTrue(json.contains(was), was);
    String message = refusal(json.replaceFirst(was, now));
    assertTrue(message.contains(words), message);
  }

  @Test
  void a_part_has_two_ends() {
    String json = PLAN.toJson().replaceFirst("(?s)\"base\": \\[.*?\\]", "\"base\": [0, 0.5, 1]");
    assertTrue(refusal(json).contains("a part has 3 ends, must have 2"), refusal(json));
  }

  @Test
  void zero_is_a_count() {
    Placement none =
        read(PLAN.toJson().replace("9007199254740992", "0").replace("123456789012", "0"));
    assertEquals(0, none.assessments());
    assertEquals(0, none.gpus().get(0).predicted().kvTokens());
  }
}
