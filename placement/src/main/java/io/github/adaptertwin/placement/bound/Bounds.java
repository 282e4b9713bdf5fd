package io.github.adaptertwin.placement.bound;

import io.github.adaptertwin.core.report.FeasibilityRule;
import io.github.adaptertwin.core.request.RequestTrace;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.placement.bound.TrafficClasses.TrafficClass;
import io.github.adaptertwin.placement.capacity.BaseTraffic;
import io.github.adaptertwin.placement.capacity.SteadyState;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.arrival.ArrivalLaw;
import java.util.List;
import java.util.OptionalDouble;

/**
 * Finds lower bounds on the number of GPUs. They hold as far as the optimistic capacity does: its
 * margin is measured, not proven. Stateless.
 */
public final class Bounds {
  /**
   * By which the twin exceeds the steady state at most where nine tenths of the tokens have to be
   * completed: a completed share of .9 allows an overload of a ninth, the rest is where the closed
   * form is low. Of loads that were scaled up to the edge of what the twin sustains, the largest
   * excess was 1.10 on the card that was measured (390 loads, an hour each) and 1.13 on others and
   * with other lengths (121 loads).
   */
  public static final double MOST_EXCESS = 1.14;

  /** The classes of an optional dependency, looked for by name so that it may be absent. */
  private static final boolean LINEAR_PROGRAMS = present("org.ojalgo.optimisation.Optimisation");

  /** A bound this little above a whole number is taken for that number. */
  private static final double ROUNDING = 1e-6;

  /** Completed share for which the excess was measured. */
  private static final double MEASURED_SHARE = 0.9;

  /** Runs by which it is told how few requests may arrive, and deviations below their mean. */
  private static final int SAMPLED_RUNS = 8;

  private static final double DEVIATIONS = 3;
  private static final long SAMPLING_SEED = 0;

  private Bounds() {}

  private static boolean present(String name) {
    try {
      Class.forName(name, false, Bounds.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  /**
   * Tells by which factor loads that keep some rules may exceed the steady state: the overload that
   * the strictest completed share allows, and what the closed form is low.
   *
   * @param rules what a run must keep
   * @return {@link #MOST_EXCESS} for a share of .9, in inverse proportion for others; empty if no
   *     rule asks for a share: then waits or latencies alone limit the load, and nothing is known
   */
  public static OptionalDouble excess(List<FeasibilityRule> rules) {
    OptionalDouble strictest =
        rules.stream()
            .filter(FeasibilityRule.ThroughputShare.class::isInstance)
            .mapToDouble(r -> ((FeasibilityRule.ThroughputShare) r).leastShare())
            .max();
    return strictest.isPresent()
        ? OptionalDouble.of(MOST_EXCESS * (MEASURED_SHARE / strictest.getAsDouble()))
        : strictest;
  }

  /**
   * Bounds the number of GPUs of one kind from below.
   *
   * @param workload what has to be served
   * @param model the steady state of the kind of GPU
   * @param version says which ranks the engine accepts
   * @param slots slots to choose from, at least one
   * @param factor by which the twin may exceed the steady state, at least 1
   * @param planned GPUs of a plan at hand; a bound that reaches it is not sharpened
   * @return the bound, never above the plan at hand
   */
  public static LowerBound of(
      Workload workload,
      SteadyState model,
      EngineVersion version,
      List<Integer> slots,
      double factor,
      int planned) {
    return of(workload, List.of(model), version, slots, factor, planned);
  }

  /**
   * Bounds the number of GPUs from below, whatever kinds they are of: by a configuration linear
   * program with column generation if ojAlgo is on the class path, else by prices that every region
   * of the capacity admits. Where arrivals are not Poisson, or less than nine tenths need to be
   * completed, only time and KV cache count: the law of who holds a slot is that of Poisson
   * arrivals, and a looser rule lets whole adapters starve for theirs.
   *
   * @param workload what has to be served
   * @param kinds the steady state of each kind of GPU, at least one, all with the same lengths
   * @param version says which ranks the engine accepts
   * @param slots slots to choose from, at least one
   * @param factor by which the twin may exceed the steady state, at least 1
   * @param planned GPUs of a plan at hand; a bound that reaches it is not sharpened
   * @return the bound, never above the plan at hand
   */
  public static LowerBound of(
      Workload workload,
      List<SteadyState> kinds,
      EngineVersion version,
      List<Integer> slots,
      double factor,
      int planned) {
    if (planned <= 1) {
      return new LowerBound(1, 1, "one GPU is needed");
    }
    List<TrafficClass> classes =
        TrafficClasses.of(workload.adapters(), BaseTraffic.ratePerSecond(workload));
    OptimisticCapacity capacity = capacity(workload, kinds, version, slots, classes, factor);
    CombinatorialBound prices = new CombinatorialBound(capacity, classes);
    LowerBound byPrices = rounded(prices.bound(), "prices", planned);
    if (!LINEAR_PROGRAMS || !(prices.bound() > 0) || byPrices.gpus() >= planned) {
      return byPrices;
    }
    double bound = new ConfigurationBound(capacity, classes).bound(prices.prices());
    return rounded(Math.max(bound, prices.bound()), "configuration LP", planned);
  }

  /**
   * Says how full one GPU is with a whole workload, by the optimistic capacity: no load that a GPU
   * serves under the rules comes out above 1, or the bound does not hold.
   *
   * @param workload the load of one GPU
   * @param model the steady state of the kind of GPU
   * @param version says which ranks the engine accepts
   * @param slots slots to choose from, at least one
   * @param factor by which the twin may exceed the steady state, at least 1
   * @return share of the capacity in use; above 1 = no GPU can serve it; infinite if no engine
   *     starts
   */
  public static double use(
      Workload workload,
      SteadyState model,
      EngineVersion version,
      List<Integer> slots,
      double factor) {
    List<TrafficClass> classes =
        TrafficClasses.of(workload.adapters(), BaseTraffic.ratePerSecond(workload));
    return capacity(workload, List.of(model), version, slots, classes, factor).use(classes);
  }

  private static OptimisticCapacity capacity(
      Workload workload,
      List<SteadyState> kinds,
      EngineVersion version,
      List<Integer> slots,
      List<TrafficClass> classes,
      double factor) {
    boolean poisson = isPoisson(workload);
    return new OptimisticCapacity(
        kinds,
        version,
        slots,
        classes,
        workload.horizonSeconds(),
        poisson ? factor : factor / leastArriving(workload),
        poisson && factor <= MOST_EXCESS);
  }

  private static boolean isPoisson(Workload workload) {
    return !workload.isRecorded()
        && workload.baseModelArrivals().map(ArrivalLaw::isPoisson).orElse(true)
        && workload.adapters().stream().allMatch(t -> t.arrivals().isPoisson());
  }

  /**
   * Which share of its mean a workload brings at least: bursty or seasonal laws may offer a run of
   * this length much less than their rate says, and a recording what it holds.
   *
   * @return share in [0, 1], of requests or of tokens, whichever is less
   */
  private static double leastArriving(Workload workload) {
    double adapters = workload.adapters().stream().mapToDouble(AdapterTraffic::ratePerSecond).sum();
    double requests = (adapters + BaseTraffic.ratePerSecond(workload)) * workload.horizonSeconds();
    double tokens =
        requests * (workload.lengths().meanInputTokens() + workload.lengths().meanOutputTokens());
    int runs = workload.isRecorded() ? 1 : SAMPLED_RUNS;
    double sum = 0;
    double squares = 0;
    for (int run = 0; run < runs; run++) {
      RequestTrace trace = workload.generate(SAMPLING_SEED, run);
      double arrived = 0;
      for (int i = 0; i < trace.size(); i++) {
        arrived += (double) trace.inputTokens(i) + trace.outputTokens(i);
      }
      double share = Math.min(trace.size() / requests, arrived / tokens);
      sum += share;
      squares += share * share;
    }
    double mean = sum / runs;
    double variance = runs == 1 ? 0 : Math.max(0, squares - runs * mean * mean) / (runs - 1);
    return Math.max(0, Math.min(1, mean - DEVIATIONS * Math.sqrt(variance)));
  }

  private static LowerBound rounded(double bound, String method, int planned) {
    double most = Math.min(planned, bound);
    return new LowerBound(most, (int) Math.max(1, Math.ceil(most - ROUNDING)), method);
  }
}
