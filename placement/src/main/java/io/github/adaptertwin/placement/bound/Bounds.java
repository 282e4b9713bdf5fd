package io.github.adaptertwin.placement.bound;

import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.placement.bound.TrafficClasses.TrafficClass;
import io.github.adaptertwin.placement.capacity.BaseTraffic;
import io.github.adaptertwin.placement.capacity.SteadyState;
import io.github.adaptertwin.workload.Workload;
import java.util.List;

/** Finds lower bounds on the number of GPUs of one kind. */
public final class Bounds {
  /**
   * By which the twin exceeds the steady state at most: a completed share of .9 allows an overload
   * of a ninth, the rest is where the closed form is low. Of loads that were scaled up to the edge
   * of what the twin sustains, the largest excess was 1.10 on the card that was measured (390
   * loads, an hour each) and 1.13 on others and with other lengths (121 loads).
   */
  public static final double MOST_EXCESS = 1.14;

  /** The classes of an optional dependency, looked for by name so that it may be absent. */
  private static final boolean LINEAR_PROGRAMS = present("org.ojalgo.optimisation.Optimisation");

  /** A bound this little above a whole number is taken for that number. */
  private static final double ROUNDING = 1e-6;

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
   * Bounds the number of GPUs from below: by a configuration linear program with column generation
   * if ojAlgo is on the class path, else by prices that every region of the capacity admits.
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
    if (planned <= 1) {
      return new LowerBound(1, 1, "one GPU is needed");
    }
    List<TrafficClass> classes =
        TrafficClasses.of(workload.adapters(), BaseTraffic.ratePerSecond(workload));
    OptimisticCapacity capacity =
        new OptimisticCapacity(model, version, slots, classes, workload.horizonSeconds(), factor);
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
    return new OptimisticCapacity(model, version, slots, classes, workload.horizonSeconds(), factor)
        .use(classes);
  }

  private static LowerBound rounded(double bound, String method, int planned) {
    double most = Math.min(planned, bound);
    return new LowerBound(most, (int) Math.max(1, Math.ceil(most - ROUNDING)), method);
  }
}
