package io.github.adaptertwin.placement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class NumberedNamesTest {
  private static final NumberedNames ORDER = new NumberedNames();

  @Test
  void numbers_count_by_their_value() {
    List<String> sorted =
        List.of("", "7", "07", "10", "a", "a2", "a02", "a10", "a10-1", "a10-12", "a10b", "b1");
    List<String> shuffled = new ArrayList<>(sorted);
    Collections.shuffle(shuffled, new Random(3));
    shuffled.sort(ORDER);
    // Of equal numbers the one that is first by code units comes first: "02" before "2".
    assertEquals(
        List.of("", "07", "7", "10", "a", "a02", "a2", "a10", "a10-1", "a10-12", "a10b", "b1"),
        shuffled);
  }

  @Test
  void numbers_may_be_longer_than_any_integer() {
    String nines = "9".repeat(40);
    assertTrue(ORDER.compare("x" + nines, "x1" + "0".repeat(40)) < 0);
    assertTrue(ORDER.compare("x" + nines, "x" + "8".repeat(40)) > 0);
  }

  @Property(tries = 2_000)
  void the_order_is_total_and_agrees_with_equality(
      @ForAll
          @StringLength(max = 5)
          @CharRange(from = '/', to = ':')
          @CharRange(from = 'a', to = 'b')
          String a,
      @ForAll
          @StringLength(max = 5)
          @CharRange(from = '/', to = ':')
          @CharRange(from = 'a', to = 'b')
          String b,
      @ForAll
          @StringLength(max = 5)
          @CharRange(from = '/', to = ':')
          @CharRange(from = 'a', to = 'b')
          String c) {
    assertEquals(Integer.signum(ORDER.compare(a, b)), -Integer.signum(ORDER.compare(b, a)));
    assertEquals(a.equals(b), ORDER.compare(a, b) == 0);
    if (ORDER.compare(a, b) <= 0 && ORDER.compare(b, c) <= 0) {
      assertTrue(ORDER.compare(a, c) <= 0, a + " " + b + " " + c);
    }
  }
}
