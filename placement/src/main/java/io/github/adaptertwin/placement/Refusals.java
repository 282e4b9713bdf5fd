package io.github.adaptertwin.placement;

import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.gpu.memory.MemoryPlan;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.placement.capacity.Assessment;
import io.github.adaptertwin.placement.pack.HostMemory;
import io.github.adaptertwin.placement.pack.PackResult;
import io.github.adaptertwin.placement.verify.GpuVerdict;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Says in words why there is no plan. */
final class Refusals {
  private static final double GIB = 1L << 30;

  /** From here on a use says that nothing starts, or that the host memory is too small. */
  private static final double ABSURD_USE = 1000;

  private Refusals() {}

  /**
   * Why a search found nothing.
   *
   * @param spent whether it ended because its effort or its time was over, not because there was
   *     nothing left to try
   * @param keptBack whether one GPU of the pool was kept back to stand by
   */
  static Infeasible of(PackResult result, List<GpuOffer> offers, boolean spent, boolean keptBack) {
    if (result instanceof PackResult.AdapterTooLarge tooLarge) {
      return tooLarge(tooLarge);
    }
    PackResult.PoolExhausted exhausted = (PackResult.PoolExhausted) result;
    String pool = names(offers) + (keptBack ? ", one of them kept back to stand by" : "");
    if (spent) {
      return new Infeasible(
          Infeasible.Reason.EFFORT_SPENT,
          "pool",
          "the effort is spent and no split over the GPUs of the pool ("
              + pool
              + ") was found that keeps the rules"
              + lastWord(exhausted)
              + "; allow more assessments or more time");
    }
    boolean unlimited = offers.stream().anyMatch(o -> o.count() == GpuOffer.UNLIMITED);
    return new Infeasible(
        Infeasible.Reason.POOL_EXHAUSTED,
        "pool",
        "no split over the GPUs of the pool ("
            + pool
            + ") was found that keeps the rules"
            + (unlimited ? ", up to " + exhausted.gpus() + " GPUs were tried" : "")
            + lastWord(exhausted)
            + (unlimited
                ? "; use larger GPUs or relax the rules"
                : "; add GPUs, use larger ones or relax the rules"));
  }

  /** What was wrong: in the words of the oracle, or of the steady state where it was not asked. */
  private static String lastWord(PackResult.PoolExhausted exhausted) {
    if (!exhausted.complaint().isEmpty()) {
      return "; of the last one that was judged: " + exhausted.complaint();
    }
    return exhausted.mostUse() > 1 && exhausted.mostUse() < ABSURD_USE
        ? String.format(
            Locale.ROOT,
            "; the fullest GPU of the best one has %.1f times the load that it can serve",
            exhausted.mostUse())
        : "";
  }

  /** What the model's context says before any search; null if most requests may fit. */
  static @Nullable Infeasible ofContext(Workload workload, ModelSpec model) {
    double mean = workload.lengths().meanInputTokens() + workload.lengths().meanOutputTokens();
    return mean > model.maxContext()
        ? new Infeasible(
            Infeasible.Reason.REQUEST_TOO_LONG,
            "workload",
            String.format(
                Locale.ROOT,
                "the workload's requests have %,.0f tokens on average, and %s has a context of"
                    + " %,d: the engine refuses longer ones; shorten them or use another model",
                mean,
                model.name(),
                model.maxContext()))
        : null;
  }

  /** What host memory says before any search; null if it may be enough. */
  static @Nullable Infeasible ofHostMemory(
      Workload workload, HostMemory host, List<GpuOffer> offers) {
    double sum = 0;
    for (AdapterTraffic traffic : workload.adapters()) {
      LoraAdapter adapter = traffic.adapter();
      long bytes = host.bytesOf(adapter.rank());
      sum += bytes;
      if (bytes > host.bytes()) {
        return new Infeasible(
            Infeasible.Reason.HOST_MEMORY,
            adapter.id(),
            String.format(
                Locale.ROOT,
                "adapter '%s' of rank %d takes %.2f GiB of host memory, a GPU has %.2f; give it"
                    + " more",
                adapter.id(),
                adapter.rank(),
                bytes / GIB,
                host.bytes() / GIB));
      }
    }
    double most = 0;
    for (GpuOffer offer : offers) {
      most += offer.count() == GpuOffer.UNLIMITED ? Double.POSITIVE_INFINITY : offer.count();
    }
    return sum > most * host.bytes()
        ? new Infeasible(
            Infeasible.Reason.HOST_MEMORY,
            "pool",
            String.format(
                Locale.ROOT,
                "the adapters take %.1f GiB of host memory, %.0f GPUs have %.1f; give them more, or"
                    + " add GPUs",
                sum / GIB,
                most,
                most * host.bytes() / GIB))
        : null;
  }

  static Infeasible unverified(List<GpuVerdict> verdicts, List<GpuOffer> offers) {
    int gpu = 0;
    while (gpu < verdicts.size() - 1 && verdicts.get(gpu).feasible()) {
      gpu++;
    }
    return new Infeasible(
        Infeasible.Reason.EFFORT_SPENT,
        "GPU " + gpu,
        "the effort is spent and no plan on the pool ("
            + names(offers)
            + ") was verified; the last one: "
            + String.join("; ", verdicts.get(gpu).complaints())
            + "; allow more assessments or more time");
  }

  static Infeasible noStandby(List<String> complaints, List<GpuOffer> offers) {
    return new Infeasible(
        Infeasible.Reason.EFFORT_SPENT,
        "standby",
        "the effort is spent and no GPU of the pool ("
            + names(offers)
            + ") was found that can take over every other one; the last one: "
            + String.join("; ", complaints)
            + "; allow more assessments or more time");
  }

  private static String names(List<GpuOffer> offers) {
    return offers.stream()
        .map(
            o ->
                (o.count() == GpuOffer.UNLIMITED ? "any number" : "" + o.count())
                    + " x "
                    + o.gpu().name())
        .collect(Collectors.joining(", "));
  }

  private static Infeasible tooLarge(PackResult.AdapterTooLarge tooLarge) {
    String id = tooLarge.adapter().adapter().id();
    if (tooLarge.assessment() instanceof Assessment.Refuses refuses) {
      MemoryPlan.Refused refusal = refuses.refusal();
      Infeasible.Reason reason =
          switch (refusal.reason()) {
            case OUT_OF_MEMORY -> Infeasible.Reason.OUT_OF_MEMORY;
            case NO_CACHE_BLOCKS -> Infeasible.Reason.NO_CACHE_BLOCKS;
            case KV_BELOW_MAX_MODEL_LEN -> Infeasible.Reason.KV_BELOW_MAX_MODEL_LEN;
          };
      return new Infeasible(reason, id, "adapter '" + id + "' alone: " + refusal.message());
    }
    Assessment.Serves serves = (Assessment.Serves) tooLarge.assessment();
    return new Infeasible(
        Infeasible.Reason.ADAPTER_EXCEEDS_GPU,
        id,
        "adapter '"
            + id
            + "' alone, at "
            + tooLarge.adapter().ratePerSecond()
            + " requests/s, is too much for one GPU ("
            + String.join("; ", serves.prediction().complaints())
            + "); allow replication, lower its rate or use a larger GPU");
  }
}
