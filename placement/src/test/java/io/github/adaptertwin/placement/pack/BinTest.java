package io.github.adaptertwin.placement.pack;

import static io.github.adaptertwin.placement.Workloads.traffic;
import static io.github.adaptertwin.placement.Workloads.workload;
import static io.github.adaptertwin.placement.pack.Packing.LLAMA;
import static io.github.adaptertwin.placement.pack.Packing.MODEL;
import static io.github.adaptertwin.placement.pack.Packing.VERSION;
import static io.github.adaptertwin.placement.pack.Packing.adapter;
import static io.github.adaptertwin.placement.pack.Packing.bin;
import static io.github.adaptertwin.placement.pack.Packing.pieces;
import static io.github.adaptertwin.placement.pack.Packing.view;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.workload.arrival.ArrivalLaw;
import org.junit.jupiter.api.Test;

class BinTest {
  /** In canonical order: rank 64, twice 16, 8. */
  private static final Pieces PIECES =
      pieces(adapter("d", 8, 4), adapter("b", 16, 2), adapter("c", 16, 1), adapter("a", 64, 3));

  @Test
  void an_empty_bin_has_no_use_and_no_rank() {
    Bin bin = new Bin(view(8), PIECES);
    assertTrue(bin.isEmpty());
    assertEquals(0, bin.use());
    assertEquals(0, bin.largestRank());
    assertTrue(bin.fitsIntoHost());
  }

  @Test
  void what_is_added_and_taken_away_leaves_no_trace() {
    Bin bin = bin(view(8, 16), PIECES, 1, 3);
    double use = bin.use();
    assertEquals(2, bin.size());
    assertEquals(16, bin.largestRank());
    bin.add(0);
    assertEquals(64, bin.largestRank());
    assertEquals(3, bin.size());
    assertEquals(2 + 4 + 3, bin.demand().ratePerSecond(), 1e-12);
    assertTrue(bin.use() > use, "three more requests a second");
    bin.remove(0);
    assertEquals(16, bin.largestRank());
    assertEquals(use, bin.use(), 1e-12);
    bin.add(2);
    bin.remove(1);
    assertEquals(16, bin.largestRank(), "one of the two of rank 16 is left");
    bin.remove(2);
    assertEquals(8, bin.largestRank());
    bin.remove(3);
    assertTrue(bin.isEmpty());
    assertEquals(0, bin.largestRank());
    assertEquals(0, bin.use());
  }

  @Test
  void use_is_the_load_over_the_capacity_of_the_best_slots() {
    Bin bin = bin(view(2, 4), PIECES, 0, 1, 2, 3);
    double two = MODEL.setting(2, 64).capacityFactor(bin.demand());
    double four = MODEL.setting(4, 64).capacityFactor(bin.demand());
    assertEquals(1 / Math.max(two, four), bin.use(), 1e-12);
  }

  /** Room for the adapters of rank 16 and 64 and nothing else. */
  @Test
  void adapters_that_the_host_does_not_hold_are_too_much_however_small_their_load() {
    long bytes = LLAMA.adapterBytes(16) + LLAMA.adapterBytes(64);
    CapacityView view =
        new CapacityView(MODEL, VERSION, new int[] {8}, 1, new HostMemory(LLAMA, bytes));
    Bin bin = bin(view, PIECES, 0, 1);
    assertTrue(bin.fitsIntoHost(), "to the byte");
    assertTrue(bin.use() < 1);
    bin.add(3);
    assertFalse(bin.fitsIntoHost());
    // Rank 88 for rank 80: adapters are as large as their ranks.
    assertEquals(1e6 * 88 / 80, bin.use(), 1e-3);
    bin.remove(0);
    assertTrue(bin.fitsIntoHost());
    assertTrue(bin.use() < 1);
  }

  /** Eight parts of eight requests a second to the base model, behind the adapters. */
  @Test
  void requests_to_the_base_model_take_no_slot_and_no_host_memory() {
    Pieces pieces = pieces(workload(traffic(1, 1.0)).withBaseModelRequests(ArrivalLaw.poisson(8)));
    assertEquals(9, pieces.size());
    CapacityView view =
        new CapacityView(MODEL, VERSION, new int[] {8}, 1, new HostMemory(LLAMA, 1));
    Bin bin = bin(view, pieces, 1, 2, 8);
    assertEquals(3, bin.demand().ratePerSecond(), 1e-12);
    assertEquals(0, bin.demand().adapters());
    assertEquals(0, bin.largestRank());
    assertTrue(bin.fitsIntoHost());
    assertEquals(1 / MODEL.setting(0, 1).capacityFactor(bin.demand()), bin.use(), 1e-12);
    bin.remove(2);
    assertEquals(2, bin.demand().ratePerSecond(), 1e-12);
    assertEquals(2, bin.size());
  }

  @Test
  void host_memory_is_of_at_least_one_byte() {
    Exception none = assertThrows(IllegalArgumentException.class, () -> new HostMemory(LLAMA, 0));
    assertEquals("host memory is 0 bytes for each GPU, must be above 0", none.getMessage());
    assertEquals(LLAMA.adapterBytes(32), new HostMemory(LLAMA, 1).bytesOf(32));
  }
}
