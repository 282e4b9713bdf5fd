package io.github.adaptertwin.gpu.step;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.gpu.step.CalibrationProfile.Constant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProfileUncertaintyTest {
  private static final List<Constant> TWO = List.of(Constant.BASE, Constant.HOST_LOAD);

  private static ProfileUncertainty of(double stepShare, double[]... rows) {
    return new ProfileUncertainty(TWO, List.of(rows), stepShare);
  }

  private static RandomStream stream() {
    return new RandomStreams(7).stream("profile", 0);
  }

  /** BASE moves by 3 z0 + 4 z1, HOST_LOAD by 5 z1, and every step is longer by one factor. */
  @Test
  void draw_movesConstantsTogether() {
    RandomStream same = stream();
    double z0 = same.nextGaussian();
    double z1 = same.nextGaussian();
    double longer = StrictMath.exp(0.1 * same.nextGaussian());
    Map<Constant, Double> values =
        Map.of(Constant.BASE, 100.0, Constant.HOST_LOAD, 200.0, Constant.TOKEN, 10.0);
    Map<Constant, Double> drawn =
        of(0.1, new double[] {3, 4}, new double[] {0, 5}).draw(values, stream());
    assertEquals((100 + 3 * z0 + 4 * z1) * longer, drawn.get(Constant.BASE), 1e-9);
    assertEquals(200 + 5 * z1, drawn.get(Constant.HOST_LOAD), 1e-9, "no part of a step");
    assertEquals(10 * longer, drawn.get(Constant.TOKEN), 1e-9, "known, but of a step");
    assertEquals(3, drawn.size());
  }

  @Test
  void draw_neverGoesBelowNothing() {
    Map<Constant, Double> values = Map.of(Constant.BASE, 1.0, Constant.HOST_LOAD, 1.0);
    double z = stream().nextGaussian();
    double away = z > 0 ? -1e6 : 1e6;
    Map<Constant, Double> drawn =
        of(0, new double[] {away}, new double[] {-away}).draw(values, stream());
    assertEquals(0, drawn.get(Constant.BASE));
    assertTrue(drawn.get(Constant.HOST_LOAD) > 1);
  }

  @Test
  void draw_withoutUncertainty_changesNothing() {
    Map<Constant, Double> values = Map.of(Constant.BASE, 3.0);
    assertEquals(values, ProfileUncertainty.NONE.draw(values, stream()));
  }

  @Test
  void rowsThatDoNotFit_areRefused() {
    assertThrows(IllegalArgumentException.class, () -> of(0, new double[] {1}));
    assertThrows(
        IllegalArgumentException.class, () -> of(0, new double[] {1}, new double[] {1, 2}));
    assertThrows(
        IllegalArgumentException.class,
        () -> of(0, new double[] {1}, new double[] {Double.POSITIVE_INFINITY}));
    assertThrows(
        IllegalArgumentException.class, () -> of(0, new double[] {Double.NaN}, new double[] {1}));
  }

  @Test
  void stepShare_outsideItsBounds_isRefused() {
    for (double share : new double[] {-Double.MIN_VALUE, 1, Double.NaN}) {
      String message =
          assertThrows(
                  IllegalArgumentException.class,
                  () -> new ProfileUncertainty(List.of(), List.of(), share))
              .getMessage();
      assertEquals("stepShare is " + share + ", must be in [0, 1)", message);
    }
  }

  @Test
  void known_isWhatHasAFigure() {
    assertFalse(ProfileUncertainty.NONE.known());
    assertTrue(of(0, new double[] {1}, new double[] {1}).known());
    assertTrue(new ProfileUncertainty(List.of(), List.of(), 0.1).known());
  }

  @Test
  void equality_isThatOfItsFigures() {
    ProfileUncertainty one = of(0.1, new double[] {1, 2}, new double[] {3, 4});
    ProfileUncertainty same = of(0.1, new double[] {1, 2}, new double[] {3, 4});
    assertEquals(one, same);
    assertEquals(one.hashCode(), same.hashCode());
    assertNotEquals(one, of(0.2, new double[] {1, 2}, new double[] {3, 4}));
    assertNotEquals(one, of(0.1, new double[] {1, 2}, new double[] {3, 5}));
    List<Constant> others = List.of(Constant.BASE, Constant.TOKEN);
    assertNotEquals(one, new ProfileUncertainty(others, one.factor(), 0.1));
  }

  @Test
  void rows_areCopied() {
    double[] row = {1};
    ProfileUncertainty uncertainty = of(0, row, new double[] {2});
    row[0] = 9;
    uncertainty.factor().get(1)[0] = 9;
    assertEquals(1, uncertainty.factor().get(0)[0]);
    assertEquals(2, uncertainty.factor().get(1)[0]);
  }
}
