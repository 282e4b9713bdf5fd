package io.github.adaptertwin.surrogate.distill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.surrogate.data.Dataset;
import io.github.adaptertwin.surrogate.tree.RegressionTree;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DistillerTest {
  private static Dataset rows(int n) {
    Dataset.Builder data = Dataset.builder(List.of("a", "b"));
    for (int i = 0; i < n; i++) {
      data.add(new double[] {i, 100 + i}, -1);
    }
    return data.build();
  }

  /** The model says 0, 0, 4, 4 whatever the targets are; two leaves say the same. */
  @Test
  void a_tree_learns_what_the_model_says_and_not_the_targets() {
    Distiller.Distilled two = new Distiller(2, 1, 0, 1).distil(row -> row[0] < 2 ? 0 : 4, rows(4));
    assertEquals(0, two.tree().predict(new double[] {1, 101}));
    assertEquals(4, two.tree().predict(new double[] {2, 102}));
    assertEquals(1, two.fidelity());
    // One leaf says 2 of all and explains nothing.
    Distiller.Distilled one = new Distiller(1, 1, 0, 1).distil(row -> row[0] < 2 ? 0 : 4, rows(4));
    assertEquals(2, one.tree().predict(new double[2]));
    assertEquals(0, one.fidelity());
    assertTrue(Double.isNaN(new Distiller(2, 1, 0, 1).distil(row -> 7, rows(4)).fidelity()));
  }

  /** First the rows themselves, then twice as many, each value that of one of two rows. */
  @Test
  void rows_between_mix_the_features_of_two_rows() {
    List<double[]> asked = new ArrayList<>();
    new Distiller(4, 1, 2, 1)
        .distil(
            row -> {
              asked.add(row.clone());
              return row[0];
            },
            rows(30));
    assertEquals(90, asked.size());
    Set<Double> first = new HashSet<>();
    Set<Double> second = new HashSet<>();
    int mixed = 0;
    for (int i = 0; i < asked.size(); i++) {
      double[] row = asked.get(i);
      if (i < 30) {
        assertEquals(i, row[0]);
        assertEquals(100 + i, row[1]);
        continue;
      }
      assertTrue(row[0] >= 0 && row[0] < 30 && row[0] == Math.rint(row[0]));
      assertTrue(row[1] >= 100 && row[1] < 130 && row[1] == Math.rint(row[1]));
      first.add(row[0]);
      second.add(row[1]);
      mixed += row[1] == 100 + row[0] ? 0 : 1;
    }
    // Half of them take their two values from different rows.
    assertTrue(mixed > 15 && mixed < 45, mixed + " of 60 are mixed");
    assertTrue(first.size() > 15 && second.size() > 15);
  }

  @Test
  void settings_beyond_their_bounds_are_refused() {
    String message =
        assertThrows(IllegalArgumentException.class, () -> new Distiller(4, 1, -1, 1)).getMessage();
    assertEquals("rows between are -1 times the rows, must be at least 0", message);
    assertThrows(IllegalArgumentException.class, () -> new Distiller(4, 0, 0, 1));
  }

  /** A question 100 wide beside two leaves, 22 apart, and its text halfway between them. */
  @Test
  void a_picture_of_one_question_is_drawn_as_by_hand() {
    RegressionTree tree =
        RegressionTree.ofNodes(
            List.of("x"),
            new int[] {0, -1, -1},
            new double[] {2.5, 0, 0},
            new int[] {1, 0, 0},
            new int[] {2, 0, 0},
            new double[] {0, 10, 20});
    assertEquals(
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 422 114" font-family="sans-serif" font-size="11">
        <title>T &amp; t</title>
        <rect width="422" height="114" fill="white"/>
        <text x="16" y="24" font-size="14">T &amp; t</text>
        <text x="316" y="58.0" fill="#1f6fb4">10</text>
        <text x="316" y="80.0" fill="#1f6fb4">20</text>
        <text x="16" y="69.0" fill="black">x \u2264 2.500</text>
        <path fill="none" stroke="#2a9d55" d="M266 65.0C291 65.0 286 54.0 311 54.0"/>
        <path fill="none" stroke="#c0504d" d="M266 65.0C291 65.0 286 76.0 311 76.0"/>
        </svg>
        """,
        TreePicture.svg(tree, "T & t", v -> String.valueOf(Math.round(v))));
  }
}
