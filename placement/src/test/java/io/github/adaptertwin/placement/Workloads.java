package io.github.adaptertwin.placement;

import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.length.FixedLengths;
import java.util.ArrayList;
import java.util.List;

/** Workloads of the tests. */
public final class Workloads {
  public static final GpuSpec H100 = Gpus.named("h100-80gb-sxm");
  public static final GpuSpec A100 = Gpus.named("a100-80gb-sxm");
  public static final String LLAMA = "llama-3.1-8b-instruct";

  private Workloads() {}

  /** Adapters of rank 8 and 16 in turn, each with the next of the rates. */
  public static List<AdapterTraffic> traffic(int count, double... rates) {
    List<AdapterTraffic> adapters = new ArrayList<>();
    for (int a = 0; a < count; a++) {
      adapters.add(
          new AdapterTraffic(new LoraAdapter("a" + a, 8 << a % 2), rates[a % rates.length]));
    }
    return adapters;
  }

  /**
   * Adapters of random ranks and of rates that fall as a random power of their number, up to 200
   * adapters and 80 requests per second.
   */
  public static List<AdapterTraffic> randomTraffic(long seed) {
    RandomStream draws = new RandomStreams(seed).stream("test/workload", 0);
    int count = 1 + (int) Math.exp(draws.nextDouble() * Math.log(200));
    double power = draws.nextDouble() * 1.2;
    double rate = 2 + 78 * draws.nextDouble();
    int ranks = 1 + draws.nextInt(3);
    double sum = 0;
    for (int a = 0; a < count; a++) {
      sum += StrictMath.pow(a + 1, -power);
    }
    List<AdapterTraffic> adapters = new ArrayList<>();
    for (int a = 0; a < count; a++) {
      LoraAdapter adapter = new LoraAdapter("a" + a, 8 << draws.nextInt(ranks));
      adapters.add(new AdapterTraffic(adapter, rate / sum * StrictMath.pow(a + 1, -power)));
    }
    return adapters;
  }

  /** The same adapters with all rates multiplied. */
  public static List<AdapterTraffic> scaled(List<AdapterTraffic> traffic, double factor) {
    return traffic.stream()
        .map(t -> new AdapterTraffic(t.adapter(), factor * t.ratePerSecond()))
        .toList();
  }

  public static Workload workload(List<AdapterTraffic> adapters) {
    return Workload.of(LLAMA, adapters, new FixedLengths(250, 230), 600);
  }
}
