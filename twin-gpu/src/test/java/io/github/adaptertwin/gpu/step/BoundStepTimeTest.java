package io.github.adaptertwin.gpu.step;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.adaptertwin.core.engine.AdapterTier;
import io.github.adaptertwin.core.engine.BatchShape;
import io.github.adaptertwin.core.engine.BoundStepCosts;
import io.github.adaptertwin.core.engine.EngineConfig;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.gpu.spec.TensorParallel;
import io.github.adaptertwin.gpu.step.CalibrationProfile.Constant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The step law term by term, with constants of which each has digits of its own in the sum. */
class BoundStepTimeTest {
  private static final GpuSpec H100 = Gpus.named("h100-64gb-sxm");
  private static final ModelSpec LLAMA = Models.named("llama-3.1-8b-instruct");
  private static final long BASE = 10_000_000_000L;
  private static final long TOKEN = 1_000_000;
  private static final long BLOCK = 100;
  private static final long ADAPTER = 20_000_000;
  private static final long RANK = 300_000;
  private static final long REGISTERED = 40_000;
  private static final long LOW = 5_000;
  private static final long MANY = 600;

  private static final CalibrationProfile PROFILE = profile();

  private static CalibrationProfile profile() {
    Map<Constant, Double> constants = new EnumMap<>(Constant.class);
    for (Constant constant : Constant.values()) {
      constants.put(constant, 0.0);
    }
    constants.put(Constant.BASE, (double) BASE);
    constants.put(Constant.TOKEN, (double) TOKEN);
    constants.put(Constant.BLOCK, (double) BLOCK);
    constants.put(Constant.ADAPTER, (double) ADAPTER);
    constants.put(Constant.ADAPTER_RANK, (double) RANK);
    constants.put(Constant.ADAPTER_REGISTERED, (double) REGISTERED);
    constants.put(Constant.ADAPTER_LOW_TOKENS, (double) LOW);
    constants.put(Constant.ADAPTER_MANY_TOKENS, (double) MANY);
    constants.put(Constant.CONTEXT_TOKEN, 70.0);
    constants.put(Constant.WAITING, 11.0);
    constants.put(Constant.SKIPPED, 1_000.0);
    constants.put(Constant.HOST_LOAD, 5_000.0);
    constants.put(Constant.DISK_LOAD_BASE, 9_000.0);
    constants.put(Constant.DISK_LOAD_RANK, 3.0);
    constants.put(Constant.FRONT_END, 2_400.0);
    constants.put(Constant.BASE_WITHOUT_LORA, 8_000_000_000.0);
    constants.put(Constant.TOKEN_WITHOUT_LORA, 900_000.0);
    return StepTimeModel.profiles().get(0).withConstants(constants, "by hand", "none");
  }

  private static BoundStepCosts bound(EngineVersion version, int slots) {
    EngineConfig config =
        EngineConfig.builder()
            .kvBlocks(1000)
            .maxLoras(slots)
            .maxLoraRank(24)
            .maxCpuLoras(slots == 0 ? 0 : 5)
            .build();
    return StepTimeModel.of(H100, LLAMA, new Calibration(version, List.of(PROFILE))).bind(config);
  }

  private static BatchShape decoding(int requests, int adapters) {
    BatchShape shape = new BatchShape();
    shape.decodeRequests = requests;
    shape.distinctAdapters = adapters;
    return shape;
  }

  /**
   * Blocks of rank 24 (two tiles) in 32 layers: 7 slices in 64 splits below 128 tokens, otherwise
   * 8, for each 32 tokens; and 384 column tiles for each 64 tokens. Three slots are launched as
   * four.
   */
  @ParameterizedTest
  @CsvSource({
    // tokens, padded, blocks of one slot in one layer, low, many
    "10,   16,   1280, 1, 0", // 7 * 64 * 1 * 2 + 384
    "119, 120,   4352, 1, 0", // 7 * 64 * 4 * 2 + 2 * 384
    "120, 120,   4352, 1, 0",
    "121, 128,   1216, 0, 0", // 7 * 8 * 4 * 2 + 2 * 384
    "512, 512,   4864, 0, 0", // 7 * 8 * 16 * 2 + 8 * 384
    "513, 513,   5360, 0, 1", // 7 * 8 * 17 * 2 + 9 * 384
  })
  void step_withAdapters_addsItsTerms(int tokens, int padded, int blocks, int low, int many) {
    long step = BASE + padded * TOKEN + 4L * 32 * blocks * BLOCK;
    long adapter = ADAPTER + 24 * RANK + 5 * REGISTERED + low * LOW + many * MANY;
    BoundStepCosts then = bound(EngineVersion.VLLM_0_8_5, 3);
    BoundStepCosts now = bound(EngineVersion.VLLM_0_12, 3);
    assertEquals(step + 2 * adapter, then.computePicos(decoding(tokens, 2)));
    assertEquals(step + 2 * adapter, now.computePicos(decoding(tokens, 2)));
    long plain = BASE + padded * TOKEN;
    assertEquals(many == 1 ? plain : step, then.computePicos(decoding(tokens, 0)));
    assertEquals(plain, now.computePicos(decoding(tokens, 0)));
  }

  @Test
  void step_ofAnEngineWithoutLora_hasConstantsOfItsOwn() {
    BoundStepCosts costs = bound(EngineVersion.VLLM_0_8_5, 0);
    assertEquals(8_000_000_000L + 16 * 900_000, costs.computePicos(decoding(10, 0)));
  }

  /** A chunk of 4 tokens after 6: 4 x 6 + 10 pairs of 4 x 4096 x 32 operations, 6 tokens again. */
  @Test
  void step_withAPrompt_paysForPairsAndHistory() {
    BoundStepCosts costs = bound(EngineVersion.VLLM_0_12, 3);
    BatchShape shape = new BatchShape();
    shape.addChunk(4, 6, false);
    long pair = Math.round(4.0 * 4096 * 32 * 1e12 / (0.684 * 989.4e12));
    assertEquals(775, pair);
    assertEquals(BASE + 4 * TOKEN + 34 * pair + 6 * 70, costs.computePicos(shape));
    assertEquals(70, costs.picosPerContextToken());
  }

  @Test
  void queuesAndLoads_areLinear() {
    BoundStepCosts costs = bound(EngineVersion.VLLM_0_8_5, 3);
    assertEquals(7 * 11 + 4 * 1_000, costs.schedulingPicos(100, 7, 4));
    assertEquals(5_000, costs.loadPicos(24, AdapterTier.HOST_MEMORY));
    assertEquals(9_000 + 24 * 3, costs.loadPicos(24, AdapterTier.DISK));
    assertEquals(2_400, costs.frontEndPicos());
  }

  /** Graphs are captured for 1, 2, 4 and multiples of 8 up to 512 tokens. */
  @ParameterizedTest
  @CsvSource({
    "1, 1",
    "2, 2",
    "3, 4",
    "4, 4",
    "5, 8",
    "8, 8",
    "9, 16",
    "505, 512",
    "512, 512",
    "513, 513"
  })
  void tokens_arePaddedToTheNextGraph(int tokens, int padded) {
    assertEquals(padded, LaunchGrid.padded(tokens));
  }

  /** On four GPUs 1,024 query columns and 3,584 of the feed-forward block are left to each. */
  @Test
  void blocks_ofAGroup_areThoseOfItsShare() {
    TensorParallel share = new TensorParallel(LLAMA, 4);
    assertEquals(3 * 8 + 32 + 2 * 28 + 32, LaunchGrid.expandColumns(share));
    assertEquals(32 * (7 * 64 + 144), LaunchGrid.blocks(share, 32, 16));
    assertEquals(32 * (7 * 64 * 2 + 144), LaunchGrid.blocks(share, 33, 16));
  }

  /** The law as counts of its constants is the law as a time. */
  @ParameterizedTest
  @CsvSource({"10, 2", "121, 0", "127, 1", "512, 0", "513, 0", "600, 3"})
  void termsOfAStep_giveItsTime(int tokens, int adapters) {
    for (EngineVersion version : EngineVersion.values()) {
      for (int slots : new int[] {0, 3}) {
        int active = Math.min(slots, adapters);
        double sum = 0;
        for (Map.Entry<Constant, Double> term :
            StepTerms.of(LLAMA, version, slots, 24, slots == 0 ? 0 : 5, tokens, active)
                .entrySet()) {
          sum += term.getValue() * PROFILE.get(term.getKey());
        }
        long picos = bound(version, slots).computePicos(decoding(tokens, active));
        assertEquals((double) picos, sum, 1e-3, version + ", slots " + slots);
      }
    }
  }
}
