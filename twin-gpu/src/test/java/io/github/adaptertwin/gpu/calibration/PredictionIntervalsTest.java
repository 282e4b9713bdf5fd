package io.github.adaptertwin.gpu.calibration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.engine.EngineConfig;
import io.github.adaptertwin.core.engine.Replica;
import io.github.adaptertwin.core.engine.RunOptions;
import io.github.adaptertwin.core.input.MalformedInputException;
import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.core.report.ReplicaReport;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.core.request.RequestTrace;
import io.github.adaptertwin.gpu.calibration.PredictionIntervals.Interval;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.gpu.step.Calibration;
import io.github.adaptertwin.gpu.step.CalibrationProfile;
import io.github.adaptertwin.gpu.step.CalibrationProfile.Constant;
import io.github.adaptertwin.gpu.step.ProfileUncertainty;
import io.github.adaptertwin.gpu.step.StepTimeModel;
import java.io.StringReader;
import java.util.List;
import org.junit.jupiter.api.Test;

class PredictionIntervalsTest {
  private static final ProfileUncertainty OPEN =
      new ProfileUncertainty(
          List.of(Constant.BASE, Constant.TOKEN),
          List.of(new double[] {1e9, 0}, new double[] {-2e6, 1e6}),
          0.05);
  private static final CalibrationProfile PROFILE =
      StepTimeModel.profiles().get(0).withUncertainty(OPEN);
  private static final RunOptions OPTIONS = RunOptions.ofSeconds(60);
  private static final EngineConfig CONFIG =
      EngineConfig.builder()
          .adapters(List.of(new LoraAdapter("a", 8)))
          .kvBlocks(10_000)
          .maxLoras(1)
          .maxLoraRank(8)
          .maxCpuLoras(1)
          .maxNumSeqs(512)
          .build();

  private static StepTimeModel costs(CalibrationProfile profile, GpuSpec gpu) {
    return StepTimeModel.of(
        gpu,
        Models.named(profile.model()),
        new Calibration(EngineVersion.VLLM_0_8_5, List.of(profile)));
  }

  private static StepTimeModel costs(CalibrationProfile profile) {
    return costs(profile, Gpus.named(profile.gpu()));
  }

  /** One request a second: throughput is what was asked for; many at once: what steps allow. */
  private static RequestTrace requests(int atOnce) {
    RequestTrace.Builder trace = RequestTrace.builder(1);
    for (int i = 0; i < 50 * atOnce; i++) {
      trace.add(i / atOnce * 1_000_000_000_000L, 0, 200, 100);
    }
    return trace.build();
  }

  /**
   * Logs 0 and 1: mean .5, sd .7071; t of one degree of freedom is tan(.45 pi) = 6.3138, ends at
   * exp(.5 +- 6.3138 * .7071 * sqrt(1.5)). Logs 0, 1, 2: mean 1, sd 1, t of two degrees 2.92.
   */
  @Test
  void ends_are_worked_out_by_hand() {
    Interval interval = Interval.of(new double[] {1, Math.E});
    assertEquals(Math.exp(0.5), interval.median(), 1e-12);
    double half = Math.tan(0.45 * Math.PI) * Math.sqrt(0.5 * 1.5);
    assertEquals(0.5 - half, Math.log(interval.low()), 1e-6);
    assertEquals(0.5 + half, Math.log(interval.high()), 1e-6);
    assertTrue(interval.contains(interval.low()) && !interval.contains(1.01 * interval.high()));
    Interval three = Interval.of(new double[] {1, Math.E, Math.E * Math.E});
    assertEquals(1 + 2.9199856 * Math.sqrt(4.0 / 3), Math.log(three.high()), 1e-5);
    assertEquals(0, Interval.of(new double[] {1, 0}).high());
    assertFalse(Interval.of(new double[] {1, Double.NaN}).contains(1));
  }

  /** Of 4,000 intervals nine in ten hold one more draw, however few there are. */
  @Test
  void few_draws_hold_as_often_as_many() {
    RandomStream stream = new RandomStreams(11).stream("few", 0);
    for (int draws : new int[] {2, 3, 5, 10, 30}) {
      int inside = 0;
      for (int i = 0; i < 4000; i++) {
        double[] figures = new double[draws];
        for (int d = 0; d < draws; d++) {
          figures[d] = Math.exp(0.1 * stream.nextGaussian());
        }
        inside += Interval.of(figures).contains(Math.exp(0.1 * stream.nextGaussian())) ? 1 : 0;
      }
      assertEquals(0.9, inside / 4000.0, 0.02, draws + " draws");
    }
  }

  @Test
  void draws_move_the_constants_by_their_law() {
    RandomStreams streams = new RandomStreams(3);
    double sum = 0;
    double squares = 0;
    double product = 0;
    int draws = 4000;
    CalibrationProfile exact =
        PROFILE.withUncertainty(new ProfileUncertainty(OPEN.constants(), OPEN.factor(), 0));
    for (int d = 0; d < draws; d++) {
      CalibrationProfile drawn = exact.draw(streams.stream("x", d));
      double base = (drawn.get(Constant.BASE) - PROFILE.get(Constant.BASE)) / 1e9;
      double token = (drawn.get(Constant.TOKEN) - PROFILE.get(Constant.TOKEN)) / 1e6;
      sum += base;
      squares += base * base;
      product += base * token;
      assertEquals(PROFILE.get(Constant.BLOCK), drawn.get(Constant.BLOCK));
    }
    assertEquals(0, sum / draws, 0.07);
    assertEquals(1, squares / draws, 0.1);
    assertEquals(-2, product / draws, 0.2);
    CalibrationProfile longer = PROFILE.draw(streams.stream("y", 0));
    assertNotEquals(PROFILE.get(Constant.BLOCK), longer.get(Constant.BLOCK));
    assertEquals(PROFILE.get(Constant.HOST_LOAD), longer.get(Constant.HOST_LOAD));
  }

  @Test
  void intervals_hold_the_prediction_and_are_the_same_every_time() {
    ReplicaReport report = Replica.of(CONFIG, costs(PROFILE)).run(requests(40), OPTIONS);
    PredictionIntervals seen =
        PredictionIntervals.of(costs(PROFILE), CONFIG, requests(40), OPTIONS, 30, 1);
    assertEquals(
        seen, PredictionIntervals.of(costs(PROFILE), CONFIG, requests(40), OPTIONS, 30, 1));
    assertTrue(seen.itlSeconds().contains(report.itl().mean()), seen.toString());
    assertTrue(seen.throughputTokensPerSecond().contains(report.throughputTokensPerSecond()));
    double width = seen.itlSeconds().high() / seen.itlSeconds().low();
    assertTrue(width > 1.1 && width < 1.6, "width " + width);
  }

  /** What is asked for is served whatever a step costs; only when it takes too long it is not. */
  @Test
  void an_idle_engine_has_a_certain_throughput_and_an_uncertain_step() {
    PredictionIntervals seen =
        PredictionIntervals.of(costs(PROFILE), CONFIG, requests(1), OPTIONS, 20, 1);
    Interval throughput = seen.throughputTokensPerSecond();
    assertEquals(1, throughput.high() / throughput.low(), 1e-9);
    assertTrue(seen.itlSeconds().high() / seen.itlSeconds().low() > 1.1);
  }

  /** A request a second in one draw and two in the next: now throughput is as uncertain as they. */
  @Test
  void other_requests_in_each_draw_widen_what_they_decide() {
    PredictionIntervals same =
        PredictionIntervals.of(costs(PROFILE), CONFIG, requests(2), OPTIONS, 20, 1);
    PredictionIntervals other =
        PredictionIntervals.of(
            costs(PROFILE), CONFIG, draw -> requests(1 + draw % 2), OPTIONS, 20, 1);
    assertEquals(
        same, PredictionIntervals.of(costs(PROFILE), CONFIG, draw -> requests(2), OPTIONS, 20, 1));
    assertEquals(
        same.throughputTokensPerSecond().median(),
        same.throughputTokensPerSecond().high(),
        1e-6 * same.throughputTokensPerSecond().high());
    // Logs are 0 and log 2 by turns: mean log(2) / 2, sd log(2) / 2 * sqrt(20 / 19), t of 19
    // 1.7291.
    Interval seen = other.throughputTokensPerSecond();
    double half = 1.7291 * Math.log(2) / 2 * Math.sqrt(20.0 / 19 * 1.05);
    assertEquals(half, Math.log(seen.high() / seen.median()), 1e-3);
    assertEquals(same.throughputTokensPerSecond().median() / Math.sqrt(2), seen.median(), 1e-6);
  }

  @Test
  void a_profile_is_drawn_before_it_is_scaled() {
    StepTimeModel scaled = costs(PROFILE, Gpus.named("h100-80gb-sxm"));
    assertTrue(scaled.uncertaintyKnown() && !scaled.profile().uncertainty().known());
    StepTimeModel drawn = scaled.draw(new RandomStreams(1).stream("z", 0));
    assertNotEquals(scaled.profile().get(Constant.BASE), drawn.profile().get(Constant.BASE));
    assertEquals(scaled.extrapolations(), drawn.extrapolations());
  }

  @Test
  void uncertainty_is_written_and_read_and_broken_ones_are_refused() {
    String text = PROFILE.toJson();
    assertEquals(PROFILE, CalibrationProfile.read("p.json", new StringReader(text)));
    assertEquals(PROFILE.hashCode(), PROFILE.withUncertainty(OPEN).hashCode());
    for (String broken :
        List.of(
            text.replace("\"stepShare\": 0.05", "\"stepShare\": 1.5"),
            text.replace("\"stepShare\": 0.05", "\"stepShare\": -0.1"),
            text.replaceFirst("-2000000.0,", ""))) {
      assertNotEquals(text, broken);
      Exception e =
          assertThrows(
              MalformedInputException.class,
              () -> CalibrationProfile.read("p.json", new StringReader(broken)));
      assertTrue(e.getMessage().startsWith("p.json"), e.getMessage());
    }
    assertFalse(StepTimeModel.profiles().get(0).roundStart().uncertainty().known());
  }

  @Test
  void without_known_error_or_with_one_draw_there_is_no_interval() {
    StepTimeModel blind = costs(PROFILE.withUncertainty(ProfileUncertainty.NONE));
    Exception e =
        assertThrows(
            IllegalArgumentException.class,
            () -> PredictionIntervals.of(blind, CONFIG, requests(1), OPTIONS, 8, 1));
    assertTrue(e.getMessage().contains("calibrate"), e.getMessage());
    assertThrows(
        IllegalArgumentException.class,
        () -> PredictionIntervals.of(costs(PROFILE), CONFIG, requests(1), OPTIONS, 1, 1));
  }
}
