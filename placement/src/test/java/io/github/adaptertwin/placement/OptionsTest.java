package io.github.adaptertwin.placement;

import static io.github.adaptertwin.placement.Workloads.H100;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What options and offers accept, to the edge, and how they refuse the rest. */
class OptionsTest {
  private static void assertRefused(String message, Consumer<PlacementOptions.Builder> setting) {
    Exception e =
        assertThrows(
            IllegalArgumentException.class, () -> setting.accept(PlacementOptions.builder()));
    assertEquals(message, e.getMessage());
  }

  @Test
  void numbers_are_at_least_one() {
    assertRefused("planning replications is 0, must be at least 1", b -> b.planningReplications(0));
    assertRefused(
        "verification replications is -1, must be at least 1", b -> b.verificationReplications(-1));
    assertRefused("number of assessments is 0, must be at least 1", b -> b.mostAssessments(0));
    assertRefused("number of moves is 0, must be at least 1", b -> b.mostMoves(0));
    assertRefused("max_num_seqs is 0, must be at least 1", b -> b.maxNumSeqs(0));
    assertRefused("max_num_batched_tokens is 0, must be at least 1", b -> b.maxNumBatchedTokens(0));
    assertRefused("max_model_len is 0, must be at least 1", b -> b.maxModelLen(0));
    assertRefused("number of threads is 0, must be at least 1", b -> b.threads(0));
    assertRefused("training runs are 49, must be at least 50", b -> b.trainingRuns(49));
    assertRefused(
        "number of cards that share the model is 0, must be at least 1", b -> b.tensorParallel(0));
    assertRefused("host memory is 0 bytes, must be above 0", b -> b.hostMemoryBytes(0));
  }

  @Test
  void margins_and_parts_are_inside_of_their_bounds() {
    assertRefused("headroom is -0.1, must be in [0, 10]", b -> b.headroom(-0.1));
    assertRefused("headroom is NaN, must be in [0, 10]", b -> b.headroom(Double.NaN));
    assertRefused("headroom is 10.1, must be in [0, 10]", b -> b.headroom(10.1));
    assertRefused("burst gap CV is 0.9, must be in [1, 20]", b -> b.burstGapCv(0.9));
    assertRefused("burst gap CV is 20.1, must be in [1, 20]", b -> b.burstGapCv(20.1));
    assertRefused(
        "gpu_memory_utilization is 0.0, must be in (0, 1]", b -> b.gpuMemoryUtilization(0));
    assertRefused(
        "gpu_memory_utilization is 1.01, must be in (0, 1]", b -> b.gpuMemoryUtilization(1.01));
  }

  @Test
  void edges_are_accepted_and_kept() {
    PlacementOptions least =
        PlacementOptions.builder()
            .planningReplications(1)
            .verificationReplications(0)
            .mostAssessments(1)
            .mostMoves(1)
            .maxNumSeqs(1)
            .maxNumBatchedTokens(1)
            .maxModelLen(1)
            .threads(1)
            .trainingRuns(50)
            .tensorParallel(1)
            .hostMemoryBytes(1)
            .headroom(0)
            .burstGapCv(1)
            .gpuMemoryUtilization(1)
            .slotsGrid(1)
            .build();
    assertEquals(1, least.planningReplications());
    assertEquals(0, least.verificationReplications());
    assertEquals(1, least.mostAssessments());
    assertEquals(1, least.mostMoves());
    assertEquals(1, least.maxNumSeqs());
    assertEquals(1, least.maxNumBatchedTokens());
    assertEquals(1, least.maxModelLen());
    assertEquals(1, least.threads());
    assertEquals(50, least.trainingRuns());
    assertEquals(1, least.hostMemoryBytes());
    assertEquals(1, least.gpuMemoryUtilization());
    assertArrayEquals(new int[] {1}, least.slotsGrid());
    PlacementOptions most =
        PlacementOptions.builder()
            .headroom(10)
            .burstGapCv(20)
            .tensorParallel(4)
            .seed(7)
            .verificationReplications(1)
            .build();
    assertEquals(10, most.headroom());
    assertEquals(20, most.burstGapCv());
    assertEquals(4, most.tensorParallel());
    assertEquals(7, most.seed());
    assertEquals(1, most.verificationReplications());
  }

  @Test
  void a_grid_ascends_from_one() {
    assertRefused(
        "slots grid is empty; give at least one number of slots, or leave it to the default",
        b -> b.slotsGrid());
    assertRefused("slots grid has 0 at place 0; values must ascend from 1", b -> b.slotsGrid(0, 1));
    assertRefused("slots grid has 4 at place 1; values must ascend from 1", b -> b.slotsGrid(4, 4));
    assertRefused(
        "slots grid has 3 at place 2; values must ascend from 1", b -> b.slotsGrid(2, 4, 3));
    int[] grid = {1, 2, 4};
    PlacementOptions options = PlacementOptions.builder().slotsGrid(grid).build();
    grid[0] = 3;
    options.slotsGrid()[1] = 3;
    assertArrayEquals(new int[] {1, 2, 4}, options.slotsGrid(), "a copy on the way in and out");
  }

  @Test
  void surrogates_are_of_single_cards() {
    assertRefused(
        "surrogates are trained on single cards, not on 2 that share the model; choose another"
            + " oracle",
        b -> b.tensorParallel(2).oracle(PlacementOptions.Oracle.SURROGATE).build());
    PlacementOptions.builder().tensorParallel(1).oracle(PlacementOptions.Oracle.SURROGATE).build();
  }

  @Test
  void offers_have_a_count_and_a_price() {
    assertEquals(0, new GpuOffer(H100, 0, 0).count());
    for (double price : new double[] {-0.01, Double.NaN, Double.POSITIVE_INFINITY}) {
      Exception e =
          assertThrows(IllegalArgumentException.class, () -> new GpuOffer(H100, 1, price));
      assertEquals(
          "offer of h100-80gb-sxm has price " + price + ", must be finite, at least 0",
          e.getMessage());
    }
    Exception none = assertThrows(IllegalArgumentException.class, () -> new GpuOffer(H100, -1, 0));
    assertEquals("offer of h100-80gb-sxm has count -1, must be at least 0", none.getMessage());
    Exception empty =
        assertThrows(
            IllegalArgumentException.class,
            () -> new GpuPool(List.of(new GpuOffer(H100, 0, 0), new GpuOffer(H100, 0, 1))));
    assertEquals(
        "the pool has no GPU (2 offers, all of count 0); offer at least one GPU",
        empty.getMessage());
    assertEquals(GpuOffer.UNLIMITED, GpuPool.unlimited(H100).offers().get(0).count());
    assertEquals(
        2,
        new GpuPool(List.of(new GpuOffer(H100, 0, 0), new GpuOffer(H100, 1, 0))).offers().size());
  }
}
