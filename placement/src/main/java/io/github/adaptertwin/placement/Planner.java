package io.github.adaptertwin.placement;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.report.FeasibilityRule;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.placement.capacity.SteadyState;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.length.LengthLaw;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Plans with given options; made by {@link Placer#with}. Thread-safe; keeps tables between plans.
 */
public final class Planner {
  private static final int MODEL_LEN_STEP = 1024;

  /** Share of the horizon for which requests may wait for a slot if no latency is bounded. */
  private static final double SLOT_WAIT_SHARE = 0.2;

  private final PlacementOptions options;
  private final ConcurrentMap<ModelKey, SteadyState> models = new ConcurrentHashMap<>();

  Planner(PlacementOptions options) {
    this.options = options;
  }

  private record ModelKey(
      GpuSpec gpu, String model, LengthLaw lengths, EngineFlags flags, double slotWaitSeconds) {}

  /**
   * Plans on as many GPUs of one kind as are needed.
   *
   * @param workload what has to be served
   * @param gpu the kind of GPU
   * @return the placement, or why there is none
   * @throws IllegalArgumentException if the workload names an unknown base model, or a rank that
   *     the engine does not accept
   */
  public PlacementResult place(Workload workload, GpuSpec gpu) {
    return place(workload, GpuPool.unlimited(gpu));
  }

  /**
   * Plans on the GPUs of a pool.
   *
   * @param workload what has to be served
   * @param pool the GPUs that may be used
   * @return the placement, or why there is none
   * @throws IllegalArgumentException as {@link #place(Workload, GpuSpec)}, if no offer has as many
   *     cards as share the model, and if all GPUs of a pool without a limit are to be used ({@link
   *     PlacementOptions.Objective#LOWEST_LATENCY})
   */
  public PlacementResult place(Workload workload, GpuPool pool) {
    requireAcceptedRanks(workload);
    List<GpuOffer> offers = sets(pool);
    if (options.objective() == PlacementOptions.Objective.LOWEST_LATENCY
        && offers.get(0).count() == GpuOffer.UNLIMITED) {
      throw new IllegalArgumentException(
          "the objective LOWEST_LATENCY uses every GPU of the pool, which has any number of "
              + offers.get(0).gpu().name()
              + "; say how many there are, as by GpuPool.of(gpu, 4)");
    }
    return options.objective() == PlacementOptions.Objective.CHEAPEST_MIX && offers.size() > 1
        ? cheapest(workload, pool, offers)
        : search(workload, offers).plan();
  }

  /**
   * The cheapest of a plan that may mix kinds and of those of one kind each: the packer deals a
   * load in another way to a mix, so it may miss what one kind alone does for less.
   */
  private PlacementResult cheapest(Workload workload, GpuPool pool, List<GpuOffer> offers) {
    PlanSearch mixed = search(workload, offers);
    PlacementResult best = mixed.plan();
    double least =
        best instanceof Placement plan ? pool.pricePerHour(plan) : Double.POSITIVE_INFINITY;
    for (GpuOffer offer : offers) {
      if (offer.pricePerHour() >= least) {
        continue;
      }
      if (search(workload, List.of(offer)).plan() instanceof Placement plan
          && pool.pricePerHour(plan) < least) {
        least = pool.pricePerHour(plan);
        best = mixed.withItsBound(plan);
      }
    }
    return best;
  }

  /**
   * Lets the twin judge a placement under other traffic, say next week's, on requests that neither
   * planning nor verification of any plan saw.
   *
   * @param placement the placement
   * @param workload the traffic; adapters of the placement that it does not name get no requests
   * @return the placement with the figures of that traffic, and what is wrong with it
   * @throws IllegalArgumentException if the workload names an adapter that the placement does not
   *     hold, or another base model, and if the GPUs' parts of an adapter of the workload, or of
   *     its base model's requests, leave some out or overlap
   */
  public Evaluation evaluate(Placement placement, Workload workload) {
    return search(workload, offersOf(placement)).evaluate(placement);
  }

  /**
   * Updates a placement to new traffic: what is in place stays where it can, adapters move off GPUs
   * that the twin calls overloaded, new adapters go where there is room, and GPUs are added if that
   * does not do. Of a placement on more GPUs than the pool has the last ones are given up. Where a
   * plan has to survive the loss of a GPU, the one that stands by is chosen anew and is the last.
   *
   * @param before the placement in use, on GPUs of one kind
   * @param workload the new traffic
   * @param pool the GPUs that may be used; only its first offer counts that has as many cards as
   *     share the model
   * @return the new placement with what it takes, or empty if there is none: {@link #place} then
   *     tells the reason
   * @throws IllegalArgumentException as {@link #place(Workload, GpuSpec)}, if no offer has as many
   *     cards as share the model, and if the placement serves another base model, is on other cards
   *     than that offer's, or has slots for some modules alone
   */
  public Optional<Replacement> replace(Placement before, Workload workload, GpuPool pool) {
    requireAcceptedRanks(workload);
    return search(workload, sets(pool))
        .replace(before)
        .map(after -> new Replacement(after, PlacementChange.between(before, after)));
  }

  /**
   * The offers in sets of cards that share the model, without those that have none.
   *
   * @throws IllegalArgumentException if no offer has a set
   */
  private List<GpuOffer> sets(GpuPool pool) {
    int cards = options.tensorParallel();
    List<GpuOffer> offers =
        pool.offers().stream()
            .map(
                offer ->
                    new GpuOffer(
                        offer.gpu(),
                        offer.count() == GpuOffer.UNLIMITED ? offer.count() : offer.count() / cards,
                        offer.pricePerHour() * cards))
            .filter(offer -> offer.count() > 0)
            .collect(ImmutableList.toImmutableList());
    if (offers.isEmpty()) {
      throw new IllegalArgumentException(
          "no offer of the pool has the "
              + cards
              + " cards that share the model; offer more, or let fewer share it");
    }
    return offers;
  }

  private PlanSearch search(Workload workload, List<GpuOffer> offers) {
    ModelSpec model = Models.named(workload.baseModel());
    return new PlanSearch(options, this::steadyState, workload, model, offers);
  }

  private static List<GpuOffer> offersOf(Placement placement) {
    return placement.gpus().stream()
        .map(GpuLoad::gpu)
        .distinct()
        .map(gpu -> new GpuOffer(gpu, GpuOffer.UNLIMITED, 0))
        .collect(ImmutableList.toImmutableList());
  }

  private void requireAcceptedRanks(Workload workload) {
    for (AdapterTraffic traffic : workload.adapters()) {
      try {
        options.engineVersion().maxLoraRankFor(traffic.adapter().rank());
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "adapter '" + traffic.adapter().id() + "': " + e.getMessage(), e);
      }
    }
  }

  /**
   * The closed form of one kind of GPU with which this planner packs, for comparisons.
   *
   * @param workload gives the base model and the lengths
   * @param gpu the kind of GPU
   * @return the steady state, kept from plan to plan
   */
  public SteadyState steadyState(Workload workload, GpuSpec gpu) {
    return steadyState(workload, Models.named(workload.baseModel()), gpu);
  }

  private SteadyState steadyState(Workload workload, ModelSpec model, GpuSpec gpu) {
    EngineFlags common = commonFlags(workload, model);
    double wait = SLOT_WAIT_SHARE * workload.horizonSeconds();
    for (FeasibilityRule rule : options.rules()) {
      if (rule instanceof FeasibilityRule.TtftBound bound) {
        wait = Math.min(wait, bound.mostSeconds() / 2);
      }
    }
    double slotWait = wait;
    return models.computeIfAbsent(
        new ModelKey(gpu, model.name(), workload.lengths(), common, slotWait),
        key ->
            new SteadyState(
                gpu, model, options.calibration(), common, workload.lengths(), slotWait));
  }

  private EngineFlags commonFlags(Workload workload, ModelSpec model) {
    int longest = workload.lengths().maxTotalTokens();
    int rounded = (longest + MODEL_LEN_STEP - 1) / MODEL_LEN_STEP * MODEL_LEN_STEP;
    int chosen = options.maxModelLen() == 0 ? rounded : options.maxModelLen();
    if (chosen < longest) {
      throw new IllegalArgumentException(
          "max_model_len is "
              + chosen
              + ", but the workload has requests of "
              + longest
              + " tokens, which the engine would refuse; raise it to that or leave it out");
    }
    return EngineFlags.builder()
        .maxNumSeqs(options.maxNumSeqs())
        .maxNumBatchedTokens(options.maxNumBatchedTokens())
        .maxModelLen(Math.min(chosen, model.maxContext()))
        .gpuMemoryUtilization(options.gpuMemoryUtilization())
        .tensorParallel(options.tensorParallel())
        .build();
  }
}
