package io.github.adaptertwin.placement.pack;

import static io.github.adaptertwin.placement.Workloads.randomTraffic;
import static io.github.adaptertwin.placement.Workloads.workload;
import static io.github.adaptertwin.placement.pack.Packing.MODEL;
import static io.github.adaptertwin.placement.pack.Packing.pieces;
import static io.github.adaptertwin.placement.pack.Packing.view;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.placement.capacity.GpuDemand;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CapacityViewTest {
  private static final int[] SLOTS = {4, 8, 16, 32, 64, 128};

  /** More slots than adapters are of no use, but the next larger number is. */
  @ParameterizedTest
  @CsvSource({"1, 1", "4, 1", "5, 2", "8, 2", "9, 3", "16, 3", "17, 4", "128, 6", "5000, 6"})
  void useful_slots_end_with_the_first_number_that_holds_all_adapters(int adapters, int useful) {
    assertEquals(useful, view(SLOTS).useful(adapters));
  }

  private static GpuDemand demand(Pieces pieces) {
    GpuDemand demand = new GpuDemand();
    for (int piece = 0; piece < pieces.size(); piece++) {
      demand.add(pieces.demand[piece], pieces.rate[piece]);
    }
    return demand;
  }

  @Property(tries = 60)
  void no_neighbour_of_the_best_slots_has_more_capacity(
      @ForAll long seed, @ForAll @IntRange(min = 0, max = 9) int hint) {
    GpuDemand demand = demand(pieces(workload(randomTraffic(seed))));
    CapacityView view = view(SLOTS);
    CapacityView.Best best = view.best(demand, 16, hint);
    int last = view.useful(demand.adapters()) - 1;
    assertTrue(best.index() >= 0 && best.index() <= last, best.toString());
    assertEquals(SLOTS[best.index()], best.slots());
    assertEquals(view.factor(demand, best.slots(), 16), best.factor());
    for (int at : new int[] {best.index() - 1, best.index() + 1}) {
      if (at >= 0 && at <= last) {
        double other = view.factor(demand, SLOTS[at], 16);
        // Of equal ones the fewer slots win.
        assertTrue(at < best.index() ? other < best.factor() : other <= best.factor(), "at " + at);
      }
    }
  }

  /** 64 slots of rank 256 take more than the card has: from there the climb goes down. */
  @Test
  void from_slots_that_do_not_start_the_climb_goes_to_those_that_do() {
    CapacityView view = view(4, 8, 64, 128, 192);
    GpuDemand demand = new GpuDemand();
    for (int a = 0; a < 200; a++) {
      demand.add(MODEL.demandOf(0.01), 0.01);
    }
    assertEquals(0, view.factor(demand, 128, 256));
    assertEquals(0, view.factor(demand, 192, 256));
    CapacityView.Best best = view.best(demand, 256, 4);
    assertTrue(best.factor() > 0, best.toString());
  }

  @Test
  void slots_that_do_no_more_are_not_taken() {
    GpuDemand demand = new GpuDemand();
    demand.add(MODEL.demandOf(1), 1);
    assertEquals(0, view(SLOTS).best(demand, 8, 5).index(), "one adapter, one slot or more");
  }

  @Test
  void without_adapters_there_are_no_slots() {
    GpuDemand base = new GpuDemand();
    base.addBase(4);
    CapacityView view = view(SLOTS);
    CapacityView.Best best = view.best(base, 0, 3);
    assertEquals(new CapacityView.Best(0, 0, MODEL.setting(0, 1).capacityFactor(base)), best);
    view.setBias(0, 0, 0.5);
    assertEquals(0.5 * best.factor(), view.best(base, 0, 3).factor(), 1e-12);
  }

  /** The engine has slots of rank 16 for ranks from 9 on; a correction holds for all of them. */
  @Test
  void a_correction_is_of_one_number_of_slots_and_one_rank_of_the_engine() {
    CapacityView view = new CapacityView(MODEL, Packing.VERSION, SLOTS, 1.04, Packing.UNLIMITED);
    GpuDemand demand = demand(pieces(workload(randomTraffic(1))));
    double before = view.factor(demand, 8, 16);
    assertEquals(1.04 * MODEL.setting(8, 16).capacityFactor(demand), before, 1e-12);
    view.setBias(8, 12, 0.52);
    assertEquals(0.52, view.bias(8, 9));
    assertEquals(0.52, view.bias(8, 16));
    assertEquals(before / 2, view.factor(demand, 8, 16), 1e-12);
    assertEquals(1.04, view.bias(8, 8));
    assertEquals(1.04, view.bias(8, 32));
    assertEquals(1.04, view.bias(16, 16));
    assertEquals(1.04, view.bias(8, 0));
    assertNotEquals(view.bias(8, 16), view.bias(16, 8));
  }
}
