package io.github.adaptertwin.gpu.step;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.engine.AdapterTier;
import io.github.adaptertwin.core.engine.BatchShape;
import io.github.adaptertwin.core.engine.BoundStepCosts;
import io.github.adaptertwin.core.engine.EngineConfig;
import io.github.adaptertwin.core.input.MalformedInputException;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.spec.Models;
import java.io.StringReader;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class StepTimeModelTest {
  private static final GpuSpec H100 = Gpus.named("h100-64gb-sxm");
  private static final ModelSpec LLAMA = Models.named("llama-3.1-8b-instruct");

  /**
   * Up to so many tokens an adapter was measured to cost more; the fitted law drops behind them, so
   * this one step is not monotone.
   */
  private static final int LOW_TOKENS = 120;

  private static BoundStepCosts bound(int slots, int rank) {
    return StepTimeModel.of(H100, LLAMA, EngineVersion.VLLM_0_8_5)
        .bind(
            EngineConfig.builder()
                .kvBlocks(20_000)
                .maxLoras(slots)
                .maxLoraRank(rank)
                .maxNumSeqs(1024)
                .build());
  }

  private static long decode(BoundStepCosts costs, int requests, int adapters) {
    BatchShape shape = new BatchShape();
    shape.decodeRequests = requests;
    shape.loraTokens = requests;
    shape.distinctAdapters = adapters;
    return costs.computePicos(shape);
  }

  /**
   * Idle slots cost .0236 ms each on this card: 12.83 + .0236 S ms. The law is fitted on busy
   * steps, where a block costs less, and is up to 10 % low on an idle engine with many slots.
   */
  @Test
  void idle_slots_cost_what_was_measured() {
    for (int slots : new int[] {8, 96, 352}) {
      double measured = 12.83 + 0.0236 * slots;
      assertEquals(measured, decode(bound(slots, 8), 1, 0) * 1e-9, 0.1 * measured);
    }
  }

  @Property(tries = 1000)
  void a_step_never_gets_faster_with_more_to_do(
      @ForAll @IntRange(min = 1, max = 1000) int requests,
      @ForAll @IntRange(min = 1, max = 256) int slots,
      @ForAll @IntRange(min = 0, max = 255) int adapters) {
    int active = Math.min(Math.min(adapters, slots - 1), requests - 1);
    BoundStepCosts costs = bound(slots, 8);
    long here = decode(costs, requests, Math.max(0, active));
    // Behind the largest graph the kernels of a step without adapters return at once.
    boolean leavesGraphs = active <= 0 && requests == LaunchGrid.LARGEST_GRAPH_TOKENS;
    if (requests != LOW_TOKENS && !leavesGraphs) {
      assertTrue(decode(costs, requests + 1, Math.max(0, active)) >= here, "tokens");
    }
    assertTrue(decode(costs, requests, Math.max(0, active) + 1) >= here, "adapters");
    assertTrue(decode(bound(slots + 1, 8), requests, Math.max(0, active)) >= here, "slots");
    assertTrue(decode(bound(slots, 16), requests, Math.max(0, active)) >= here, "rank");
  }

  @Test
  void no_step_is_faster_than_its_bytes_over_the_bandwidth() {
    double weights = LLAMA.weightBytes() / H100.bandwidthBytesPerSecond() * 1e12;
    assertTrue(decode(bound(1, 8), 1, 1) >= weights);
    double token = LLAMA.kvBytesPerToken() / H100.bandwidthBytesPerSecond() * 1e12;
    assertTrue(bound(1, 8).picosPerContextToken() >= token);
  }

  @Test
  void prefill_and_loading_and_queues_cost_time() {
    BoundStepCosts costs = bound(32, 16);
    BatchShape shape = new BatchShape();
    shape.addChunk(2048, 0, true);
    assertTrue(costs.computePicos(shape) > decode(costs, 1, 0));
    assertTrue(
        costs.loadPicos(16, AdapterTier.DISK) > costs.loadPicos(16, AdapterTier.HOST_MEMORY));
    assertTrue(costs.loadPicos(16, AdapterTier.HOST_MEMORY) > 0);
    assertTrue(costs.schedulingPicos(1, 1000, 900) > costs.schedulingPicos(1, 0, 0));
    assertTrue(costs.frontEndPicos() >= 0);
  }

  @Test
  void what_was_never_measured_is_named() {
    StepTimeModel measured = StepTimeModel.of(H100, LLAMA, EngineVersion.VLLM_0_8_5);
    assertTrue(measured.extrapolations().isEmpty(), measured.extrapolations().toString());
    assertEquals("h100-64gb-sxm", measured.profile().gpu());
    StepTimeModel scaled =
        StepTimeModel.of(
            Gpus.named("a100-80gb-sxm"), Models.named("mistral-7b-v0.3"), EngineVersion.VLLM_0_8_5);
    assertFalse(scaled.extrapolations().isEmpty());
  }

  /** The profile of the card itself is taken wherever it stands, and its figures are unchanged. */
  @Test
  void the_profile_of_the_model_then_of_the_card_then_of_the_engine_is_taken() {
    CalibrationProfile llama = StepTimeModel.profiles().get(0);
    CalibrationProfile qwen = StepTimeModel.profiles().get(1);
    CalibrationProfile other = on(llama, "a100-80gb-sxm", EngineVersion.VLLM_0_8_5);
    CalibrationProfile later = on(llama, "a100-80gb-sxm", EngineVersion.VLLM_0_12);
    for (List<CalibrationProfile> order :
        List.of(
            List.of(qwen, llama, other, later),
            List.of(later, other, llama, qwen),
            List.of(other, later, qwen, llama))) {
      assertEquals(llama, taken(H100, LLAMA, EngineVersion.VLLM_0_8_5, order));
      // The card tells more than the engine's version.
      assertEquals(llama, taken(H100, LLAMA, EngineVersion.VLLM_0_12, order));
      GpuSpec a100 = Gpus.named("a100-80gb-sxm");
      assertEquals(other, taken(a100, LLAMA, EngineVersion.VLLM_0_8_5, order));
      assertEquals(later, taken(a100, LLAMA, EngineVersion.VLLM_0_12, order));
    }
    assertEquals(
        llama, taken(H100, LLAMA, EngineVersion.VLLM_0_8_5, List.of(llama, llama.roundStart())));
  }

  /** For a card and model of a profile that is the profile itself, not a scaled one. */
  private static CalibrationProfile taken(
      GpuSpec gpu, ModelSpec model, EngineVersion version, List<CalibrationProfile> profiles) {
    return StepTimeModel.of(gpu, model, new Calibration(version, profiles)).profile();
  }

  private static CalibrationProfile on(CalibrationProfile from, String gpu, EngineVersion version) {
    return new CalibrationProfile(
        gpu,
        from.model(),
        version,
        from.provenance(),
        from.fittedError(),
        from.mostSlots(),
        from.largestRank(),
        from.mostTokens(),
        from.constants(),
        from.uncertainty());
  }

  @Test
  void base_only_steps_of_later_engines_pay_for_no_slot() {
    EngineConfig config =
        EngineConfig.builder().kvBlocks(20_000).maxLoras(128).maxNumSeqs(1024).build();
    BoundStepCosts then = StepTimeModel.of(H100, LLAMA, EngineVersion.VLLM_0_8_5).bind(config);
    StepTimeModel later = StepTimeModel.of(H100, LLAMA, EngineVersion.VLLM_0_12);
    BoundStepCosts now = later.bind(config);
    assertTrue(decode(now, 16, 0) < decode(then, 16, 0));
    assertEquals(decode(then, 16, 3), decode(now, 16, 3));
    assertTrue(later.extrapolations().get(0).contains("VLLM_0_12"), later.extrapolations().get(0));
  }

  @Test
  void a_written_profile_reads_back_the_same() {
    for (CalibrationProfile profile : StepTimeModel.profiles()) {
      assertEquals(
          profile, CalibrationProfile.read("profile.json", new StringReader(profile.toJson())));
    }
    CalibrationProfile start = StepTimeModel.profiles().get(0).roundStart();
    assertEquals(start, CalibrationProfile.read("start.json", new StringReader(start.toJson())));
  }

  @Test
  void a_profile_of_the_first_version_knows_only_a_constant_front_end() {
    String text =
        StepTimeModel.profiles()
            .get(0)
            .toJson()
            .replace("\"schemaVersion\": 3", "\"schemaVersion\": 1")
            .replaceAll("\"frontEnd\": \\{[^}]*\\}", "\"nothing\": {}");
    FrontEnd front = CalibrationProfile.read("old.json", new StringReader(text)).frontEnd();
    assertEquals(0, front.firstUseSeconds());
    assertEquals(0, front.pollShare());
    assertTrue(front.baseSeconds() > 0);
  }

  @Test
  void a_profile_of_the_second_version_knows_nothing_of_its_error() {
    CalibrationProfile now = StepTimeModel.profiles().get(1).roundStart();
    String text = now.toJson().replace("\"schemaVersion\": 3", "\"schemaVersion\": 2");
    assertEquals(now, CalibrationProfile.read("old.json", new StringReader(text)));
  }

  private static void refused(String text, String words) {
    Exception e =
        assertThrows(
            MalformedInputException.class,
            () -> CalibrationProfile.read("profile.json", new StringReader(text)));
    assertTrue(e.getMessage().contains(words), e.getMessage());
  }

  @Test
  void broken_profiles_are_refused_with_the_place() {
    refused("{\n \"schemaVersion\": 99}", "line 2");
    refused("{\"schemaVersion\": 1}", "profile.json");
    refused("{\"schemaVersion\": 1, ", "profile.json, line 1");
    refused("[]", "line 1");
  }

  /** A constant that is misspelt there would pass for one that is known without error. */
  @Test
  void members_given_twice_and_unknown_ones_of_the_uncertainty_are_refused() {
    String text = StepTimeModel.profiles().get(0).toJson();
    refused(text.replace("\"gpu\":", "\"gpu\": \"a\", \"gpu\":"), "gpu: is given twice");
    refused(
        text.replace("\"uncertainty\": {", "\"uncertainty\": {\"basePico\": [1],"),
        "uncertainty.basePico");
    refused(text.replace("VLLM_0_8_5\"", "VLLM_9\""), "VLLM_0_12");
  }
}
