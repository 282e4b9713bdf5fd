package io.github.adaptertwin.placement.pack;

import static io.github.adaptertwin.placement.Workloads.workload;
import static io.github.adaptertwin.placement.pack.Packing.MODEL;
import static io.github.adaptertwin.placement.pack.Packing.adapter;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.placement.capacity.GpuTraffic;
import io.github.adaptertwin.placement.capacity.SharedAdapter;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.arrival.ArrivalLaw;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PiecesTest {
  /** Canonical order: b, a (rank 16, falling rate), then d, c (rank 8). */
  private static final List<AdapterTraffic> FOUR =
      List.of(adapter("c", 8, 1), adapter("a", 16, 2), adapter("d", 8, 5), adapter("b", 16, 4));

  @Test
  void pieces_are_in_an_order_that_the_input_does_not_decide() {
    Pieces pieces = Packing.pieces(workload(FOUR));
    assertEquals(4, pieces.size());
    assertEquals(
        List.of("b", "a", "d", "c"),
        IntStream.range(0, 4).mapToObj(p -> pieces.traffic(p).adapter().id()).toList());
    assertArrayEquals(new int[] {16, 16, 8, 8}, pieces.rank);
    assertArrayEquals(new double[] {4, 2, 5, 1}, pieces.rate);
    assertArrayEquals(new int[] {1, 1, 1, 1}, pieces.parts);
    assertArrayEquals(MODEL.demandOf(5), pieces.demand[2]);
    List<AdapterTraffic> alike = List.of(adapter("z", 8, 1), adapter("y", 8, 1));
    assertEquals("y", Packing.pieces(workload(alike)).traffic(0).adapter().id());
  }

  /**
   * Uses a tenth of a GPU for each request per second, at most a fifth in one piece: b (.4) and d
   * (.5) are cut into 2 and 3 parts, a (.2) and c (.1) are not.
   */
  @Test
  void adapters_that_use_too_much_are_cut_into_equal_parts() {
    Pieces pieces = Pieces.of(workload(FOUR), MODEL, t -> t.ratePerSecond() / 10, 0.2, 64);
    assertArrayEquals(new int[] {2, 2, 1, 3, 3, 3, 1}, pieces.parts);
    assertArrayEquals(new int[] {0, 0, 1, 2, 2, 2, 3}, pieces.adapter);
    assertEquals(2, pieces.rate[1]);
    assertEquals(5 / 3.0, pieces.rate[4]);
    assertArrayEquals(MODEL.demandOf(5 / 3.0), pieces.demand[5]);
    assertSame(pieces.demand[0], pieces.demand[2], "of one rate, tabulated once");
    // No more than the parts that are allowed, however hot.
    Pieces two = Pieces.of(workload(FOUR), MODEL, t -> t.ratePerSecond() / 10, 0.2, 2);
    assertArrayEquals(new int[] {2, 2, 1, 2, 2, 1}, two.parts);
    Pieces whole =
        Pieces.of(
            workload(FOUR),
            MODEL,
            t -> {
              throw new AssertionError("asked in vain");
            },
            0.2,
            1);
    assertEquals(4, whole.size());
  }

  /**
   * The share of the base model's requests times an eighth of the adapters, at least 8 and at most
   * 256: of a hundred adapters at .1 a second and 30 a second to the base model it is 3/4 of 12.5,
   * ten parts; of four thousand adapters 500 / 2 and so on.
   */
  @ParameterizedTest
  @CsvSource({
    "1, 1, 8",
    "100, 30, 10",
    "100, 10, 8",
    "160, 15, 10",
    "4000, 400, 250",
    "4000, 800, 256"
  })
  void requests_to_the_base_model_are_cut_by_their_share(int adapters, double base, int parts) {
    List<AdapterTraffic> cold =
        IntStream.range(0, adapters).mapToObj(i -> adapter("a" + i, 8, 0.1)).toList();
    Workload workload = workload(cold).withBaseModelRequests(ArrivalLaw.poisson(base));
    Pieces pieces = Packing.pieces(workload);
    assertEquals(adapters + parts, pieces.size());
    assertFalse(pieces.isBase(adapters - 1));
    for (int piece = adapters; piece < pieces.size(); piece++) {
      assertTrue(pieces.isBase(piece));
      assertEquals(parts, pieces.parts[piece]);
      assertEquals(base / parts, pieces.rate[piece], 1e-12);
    }
  }

  @Test
  void given_cuts_are_taken_as_they_are() {
    Workload workload = workload(FOUR).withBaseModelRequests(ArrivalLaw.poisson(6));
    Pieces pieces = Pieces.withCuts(workload, MODEL, id -> "a".equals(id) ? 2 : 1, 3);
    assertArrayEquals(new int[] {1, 2, 2, 1, 1, 3, 3, 3}, pieces.parts);
    assertEquals(2, pieces.rate[7]);
    assertEquals(5, Pieces.withCuts(workload(FOUR), MODEL, id -> "a".equals(id) ? 2 : 1, 3).size());
  }

  /** b in two parts, base in eight: the first GPU has one and three of them. */
  @Test
  void an_assignment_becomes_consecutive_parts() {
    Workload workload =
        workload(List.of(adapter("b", 16, 4), adapter("a", 8, 1)))
            .withBaseModelRequests(ArrivalLaw.poisson(8));
    Pieces pieces = Pieces.withCuts(workload, MODEL, id -> "b".equals(id) ? 2 : 1, 8);
    // Pieces: b, b, a, eight of the base model.
    List<GpuTraffic> gpus = pieces.trafficOf(new int[] {2, 0, 0, 0, 2, 0, 2, 0, 2, 2, 2}, 3);
    assertEquals(3, gpus.size());
    SharedAdapter first = gpus.get(0).adapters().get(1);
    assertEquals("a", gpus.get(0).adapters().get(0).traffic().adapter().id(), "in order of ids");
    assertEquals("b", first.traffic().adapter().id());
    assertEquals(List.of(0.0, 0.5), List.of(first.from(), first.to()));
    SharedAdapter second = gpus.get(2).adapters().get(0);
    assertEquals(List.of(0.5, 1.0), List.of(second.from(), second.to()));
    assertEquals(List.of(0.0, 0.375), List.of(gpus.get(0).baseFrom(), gpus.get(0).baseTo()));
    assertEquals(List.of(0.375, 0.375), List.of(gpus.get(1).baseFrom(), gpus.get(1).baseTo()));
    assertTrue(gpus.get(1).adapters().isEmpty());
    assertEquals(List.of(0.375, 1.0), List.of(gpus.get(2).baseFrom(), gpus.get(2).baseTo()));
  }

  @Property(tries = 100)
  void any_assignment_serves_every_request_once(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 7) int bins,
      @ForAll @IntRange(min = 1, max = 9) int cuts) {
    java.util.Random draws = new java.util.Random(seed);
    Workload workload = workload(FOUR).withBaseModelRequests(ArrivalLaw.poisson(3));
    Pieces pieces = Pieces.withCuts(workload, MODEL, id -> cuts, cuts + 2);
    int[] binOf = IntStream.range(0, pieces.size()).map(p -> draws.nextInt(bins)).toArray();
    List<GpuTraffic> gpus = pieces.trafficOf(binOf, bins);
    double rate = gpus.stream().mapToDouble(GpuTraffic::ratePerSecond).sum();
    assertEquals(15, rate, 1e-9);
    assertEquals(0, gpus.get(0).baseFrom());
    assertEquals(1, gpus.get(bins - 1).baseTo());
    for (int b = 1; b < bins; b++) {
      assertEquals(gpus.get(b - 1).baseTo(), gpus.get(b).baseFrom());
    }
    for (AdapterTraffic adapter : FOUR) {
      List<SharedAdapter> parts = new ArrayList<>();
      for (GpuTraffic gpu : gpus) {
        gpu.adapters().stream().filter(p -> p.traffic().equals(adapter)).forEach(parts::add);
      }
      parts.sort(Comparator.comparingDouble(SharedAdapter::from));
      double end = 0;
      for (SharedAdapter part : parts) {
        assertEquals(end, part.from());
        end = part.to();
      }
      assertEquals(1, end, "exactly");
    }
  }
}
