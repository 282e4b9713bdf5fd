package io.github.adaptertwin.gpu.calibration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.engine.EngineConfig;
import io.github.adaptertwin.core.engine.Replica;
import io.github.adaptertwin.core.engine.RunOptions;
import io.github.adaptertwin.core.progress.Progress;
import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.core.report.ObservedRun;
import io.github.adaptertwin.core.report.ReplicaReport;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.core.request.RequestTrace;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.gpu.step.Calibration;
import io.github.adaptertwin.gpu.step.CalibrationProfile;
import io.github.adaptertwin.gpu.step.CalibrationProfile.Constant;
import io.github.adaptertwin.gpu.step.StepTimeModel;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Runs of a simulated engine whose constants are known must give these constants back. */
class CalibratorTest {
  private static final CalibrationProfile START = StepTimeModel.profiles().get(0).roundStart();
  private static final double SECONDS = 40;

  private static CalibrationProfile with(Map<Constant, Double> changed) {
    Map<Constant, Double> values = new EnumMap<>(START.constants());
    values.putAll(changed);
    return START.withConstants(values, "known", "none");
  }

  private static RequestTrace requests(int adapters, double rate, long seed) {
    RandomStream stream = new RandomStreams(seed).stream("test", 0);
    RequestTrace.Builder requests = RequestTrace.builder(adapters);
    double time = 0;
    while (true) {
      time += stream.nextExponential() / rate;
      if (time >= SECONDS) {
        return requests.build();
      }
      requests.add(
          (long) (time * 1e12),
          stream.nextInt(adapters),
          50 + stream.nextInt(300),
          20 + stream.nextInt(150));
    }
  }

  private static CalibrationRun run(
      CalibrationProfile truth, int slots, int rank, int adapters, double rate, String scenario) {
    List<LoraAdapter> served = new ArrayList<>();
    for (int i = 0; i < adapters; i++) {
      served.add(new LoraAdapter("a" + i, rank));
    }
    EngineConfig config =
        EngineConfig.builder()
            .adapters(served)
            .kvBlocks(12_000)
            .maxLoras(slots)
            .maxLoraRank(rank)
            .maxCpuLoras(adapters)
            .maxNumSeqs(1024)
            .build();
    RequestTrace requests = requests(adapters, rate, slots * 1000L + adapters);
    RunOptions options = RunOptions.ofSeconds(SECONDS);
    StepTimeModel costs =
        StepTimeModel.of(
            Gpus.named(truth.gpu()),
            Models.named(truth.model()),
            new Calibration(truth.engine(), List.of(truth)));
    ReplicaReport r = Replica.of(config, costs).run(requests, options);
    ObservedRun observed =
        new ObservedRun(
            scenario + "-" + slots + "-" + rank + "-" + adapters + "-" + rate,
            scenario,
            r.throughputTokensPerSecond(),
            r.idealThroughputTokensPerSecond(),
            r.ttft().mean(),
            r.ttftWithUnfinishedSeconds(),
            r.tpot().mean(),
            r.itl().mean(),
            r.running().mean(),
            r.waiting().mean(),
            r.kvUse().mean());
    return new CalibrationRun(config, requests, options, observed);
  }

  private static List<CalibrationRun> grid(CalibrationProfile truth) {
    List<CalibrationRun> runs = new ArrayList<>();
    for (int slots : new int[] {8, 32, 96}) {
      for (int rank : new int[] {8, 32}) {
        for (double rate : new double[] {2, 12, 60}) {
          runs.add(run(truth, slots, rank, slots * 2, rate, "rate" + rate));
        }
      }
    }
    return runs;
  }

  @Test
  void known_constants_come_back() {
    CalibrationProfile truth = with(Map.of(Constant.BASE, 15e9, Constant.ADAPTER, 0.24e9));
    CalibrationFit fit = Calibrator.from(START).withThreads(2).fit(grid(truth));
    assertEquals(15e9, fit.profile().get(Constant.BASE), 0.4e9);
    assertEquals(0.24e9, fit.profile().get(Constant.ADAPTER), 0.04e9);
    CalibrationError all = fit.errors().get(0);
    assertEquals(18, all.runs());
    assertTrue(all.tokenTime() < 1.0, "TPOT error " + all.tokenTime());
    assertTrue(all.throughput() < 0.5, "throughput error " + all.throughput());
    assertTrue(fit.profile().fittedError().contains("18 runs"), fit.profile().fittedError());
  }

  @Test
  void threads_do_not_change_the_fit_and_draws_scatter_around_it() {
    List<CalibrationRun> runs = grid(with(Map.of(Constant.BASE, 14e9)));
    CalibrationFit one = Calibrator.from(START).fit(runs);
    CalibrationFit two = Calibrator.from(START).withThreads(2).fit(runs);
    assertEquals(one.profile().constants(), two.profile().constants());
    RandomStream stream = new RandomStreams(7).stream("draws", 0);
    double sum = 0;
    double squares = 0;
    int draws = 400;
    for (int i = 0; i < draws; i++) {
      double base = one.draw(stream).get(Constant.BASE);
      sum += base;
      squares += base * base;
    }
    double mean = sum / draws;
    double sd = Math.sqrt(squares / draws - mean * mean);
    FittedConstant base = one.constants().get(0);
    assertEquals(base.value(), mean, 4 * base.standardError() / Math.sqrt(draws) + 1);
    assertEquals(base.standardError(), sd, 0.15 * base.standardError() + 1);
  }

  @Test
  void what_the_runs_do_not_vary_is_not_identified() {
    CalibrationProfile truth = with(Map.of(Constant.BASE, 14e9));
    List<CalibrationRun> runs = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      runs.add(run(truth, 16, 16, 16, 2 + i, "one"));
    }
    CalibrationFit fit = Calibrator.from(START).fit(runs);
    List<Constant> unknown = fit.unidentified().stream().map(FittedConstant::constant).toList();
    assertTrue(unknown.contains(Constant.ADAPTER_RANK), unknown.toString());
    assertFalse(fit.unidentified().get(0).advice().isEmpty());
    for (FittedConstant c : fit.unidentified()) {
      assertEquals(START.get(c.constant()), c.value(), 1e-6 * c.value() + 1e-6);
      assertTrue(c.standardError() >= 0.05 * c.value() && c.standardError() > 0, c.toString());
    }
    CalibrationProblem problem = Calibrator.from(START).prepare(runs, Progress.NONE);
    assertThrows(IllegalArgumentException.class, () -> problem.leaveOneScenarioOut(Progress.NONE));
  }

  @Test
  void scenarios_are_left_out_one_by_one() {
    List<CalibrationRun> runs = grid(with(Map.of(Constant.BASE, 14e9)));
    CalibrationProblem problem = Calibrator.from(START).withThreads(2).prepare(runs, Progress.NONE);
    assertEquals(3, problem.scenarios().size());
    CalibrationError all = problem.leaveOneScenarioOut(Progress.NONE).get(0);
    assertEquals(18, all.runs());
    assertTrue(all.tokenTime() < 3, "TPOT error " + all.tokenTime());
  }

  @Test
  void too_few_runs_and_runs_without_figures_are_refused() {
    Calibrator calibrator = Calibrator.from(START);
    Exception few = assertThrows(IllegalArgumentException.class, () -> calibrator.fit(List.of()));
    assertTrue(few.getMessage().contains("0 runs"), few.getMessage());
    CalibrationRun good = run(START, 8, 8, 8, 2, "x");
    ObservedRun blind =
        new ObservedRun(
            "blind", "x", 10, 10, Double.NaN, Double.NaN, Double.NaN, Double.NaN, 1, 1, 0.1);
    Exception none =
        assertThrows(
            IllegalArgumentException.class,
            () -> new CalibrationRun(good.config(), good.requests(), good.options(), blind));
    assertTrue(none.getMessage().contains("blind"), none.getMessage());
    assertThrows(IllegalArgumentException.class, () -> calibrator.withThreads(0));
  }

  /** Nobody knows which part of the offered tokens such runs completed, so they have no regime. */
  @Test
  void runs_without_an_ideal_throughput_count_in_no_load_regime() {
    List<CalibrationRun> runs =
        grid(START).stream()
            .map(
                r ->
                    new CalibrationRun(
                        r.config(), r.requests(), r.options(), withoutIdeal(r.observed())))
            .toList();
    List<CalibrationError> errors = Calibrator.from(START).fit(runs).errors();
    assertEquals(
        List.of(runs.size(), 0, 0, 0), errors.stream().map(CalibrationError::runs).toList());
  }

  private static ObservedRun withoutIdeal(ObservedRun run) {
    return new ObservedRun(
        run.id(),
        run.scenario(),
        run.throughputTokensPerSecond(),
        Double.NaN,
        run.meanTtftSeconds(),
        run.ttftWithUnfinishedSeconds(),
        run.meanTpotSeconds(),
        run.meanItlSeconds(),
        run.meanRunning(),
        run.meanWaiting(),
        run.meanKvUse());
  }
}
