package io.github.adaptertwin.surrogate.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.engine.EngineConfig;
import io.github.adaptertwin.core.engine.EngineListener;
import io.github.adaptertwin.core.engine.RunOptions;
import io.github.adaptertwin.gpu.calibration.PredictionIntervals;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.memory.MemoryPlan;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.workload.DealtAdapters;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.length.FixedLengths;
import java.util.List;
import org.junit.jupiter.api.Test;

class ServingTwinTest {
  private static final Workload WORKLOAD =
      Workload.poisson(
          "llama-3.1-8b",
          DealtAdapters.of("a", 4, List.of(16), List.of(0.5)),
          new FixedLengths(250, 230),
          20);
  private static final EngineFlags FLAGS =
      EngineFlags.builder().maxLoras(4).maxLoraRank(16).maxCpuLoras(4).maxModelLen(1024).build();
  private static final EngineFlags TOO_MANY =
      FLAGS.toBuilder().maxLoras(2000).maxCpuLoras(2000).maxLoraRank(64).build();
  private static final RunOptions OPTIONS = RunOptions.ofSeconds(20);

  private static ServingTwin twin(String gpu) {
    return ServingTwin.of(Gpus.named(gpu), Models.named("llama-3.1-8b"), EngineVersion.VLLM_0_8_5);
  }

  @Test
  void an_engine_serves_or_says_why_it_does_not_start() {
    ServingTwin twin = twin("h100-80gb-sxm");
    assertEquals("h100-80gb-sxm", twin.gpu().name());
    assertEquals("llama-3.1-8b", twin.model().name());
    ServingTwin.Outcome.Served served =
        assertInstanceOf(
            ServingTwin.Outcome.Served.class,
            twin.run(WORKLOAD.loraAdapters(), WORKLOAD.source(1, 0), FLAGS, OPTIONS));
    assertEquals(twin.memory().plan(FLAGS), served.memory());
    assertTrue(served.report().requests().arrived() > 10);
    ServingTwin.Outcome.Refused refused =
        assertInstanceOf(
            ServingTwin.Outcome.Refused.class,
            twin.run(
                WORKLOAD.loraAdapters(),
                WORKLOAD.source(1, 0),
                TOO_MANY,
                OPTIONS,
                EngineListener.NONE));
    assertEquals(twin.memory().plan(TOO_MANY), refused.refusal());
  }

  @Test
  void intervals_need_an_engine_that_starts() {
    ServingTwin twin = twin("h100-80gb-sxm");
    PredictionIntervals intervals =
        twin.intervals(WORKLOAD.loraAdapters(), WORKLOAD.source(1, 0), FLAGS, OPTIONS, 2, 1);
    assertEquals(
        intervals,
        twin.intervals(
            WORKLOAD.loraAdapters(), draw -> WORKLOAD.source(1, 0), FLAGS, OPTIONS, 2, 1));
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () ->
                    twin.intervals(
                        WORKLOAD.loraAdapters(), WORKLOAD.source(1, 0), TOO_MANY, OPTIONS, 2, 1))
            .getMessage();
    assertEquals("llama-3.1-8b does not start with " + TOO_MANY, message);
  }

  /** The card that was measured needs no data sheet, another one does, and so do flags beyond. */
  @Test
  void what_rests_on_data_sheets_is_told() {
    ServingTwin other = twin("l40s-48gb-pcie");
    assertFalse(other.extrapolations().isEmpty());
    List<String> all = other.extrapolations(FLAGS);
    assertTrue(all.containsAll(other.extrapolations()), all + " has " + other.extrapolations());
    int measured = twin("h100-64gb-sxm").extrapolations(FLAGS).size();
    EngineFlags beyond = FLAGS.toBuilder().maxLoraRank(256).build();
    assertTrue(twin("h100-64gb-sxm").extrapolations(beyond).size() > measured);
  }

  /** Of ten blocks nine are free: no request is longer than their 144 tokens. */
  @Test
  void the_engine_is_set_up_as_its_flags_say() {
    EngineConfig few = ServingTwin.configOf(WORKLOAD.loraAdapters(), FLAGS, 10);
    assertEquals(144, few.maxModelLen());
    assertEquals(10, few.kvBlocks());
    assertEquals(16, few.blockTokens());
    EngineConfig many = ServingTwin.configOf(WORKLOAD.loraAdapters(), FLAGS, 1000);
    assertEquals(1024, many.maxModelLen());
    assertEquals(4, many.maxLoras());
    assertEquals(16, many.maxLoraRank());
    assertEquals(4, many.maxCpuLoras());
    MemoryPlan.Fits fits = (MemoryPlan.Fits) twin("h100-80gb-sxm").memory().plan(FLAGS);
    ReplicaTask task =
        twin("h100-80gb-sxm")
            .task(WORKLOAD.loraAdapters(), WORKLOAD.source(1, 0), FLAGS, fits, OPTIONS);
    assertEquals(fits.kvBlocks(), task.config().kvBlocks());
    assertEquals(OPTIONS, task.options());
  }
}
