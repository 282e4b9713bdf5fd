package io.github.adaptertwin.placement;

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

  public static Workload workload(List<AdapterTraffic> adapters) {
    return Workload.of(LLAMA, adapters, new FixedLengths(250, 230), 600);
  }
}
