package consumer;

import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.placement.GpuLoad;
import io.github.adaptertwin.placement.Placement;
import io.github.adaptertwin.placement.Placer;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.length.FixedLengths;
import java.io.File;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Plans two adapters and prints the plan; ends with an error if it is not what it must be. */
public final class Consumer {
  private Consumer() {}

  public static void main(String[] args) {
    Workload workload =
        Workload.poisson(
            "llama-3.1-8b-instruct",
            List.of(
                new AdapterTraffic(new LoraAdapter("support", 8), 0.5),
                new AdapterTraffic(new LoraAdapter("sql", 16), 0.25)),
            new FixedLengths(250, 230),
            600);
    Placement plan = Placer.place(workload, Gpus.named("h100-80gb-sxm")).orElseThrow();
    for (GpuLoad gpu : plan.gpus()) {
      System.out.println(gpu.flags() + " serves " + gpu.adapters());
    }
    if (plan.gpus().size() != 1 || plan.gpus().get(0).adapters().size() != 2) {
      throw new IllegalStateException("the plan is " + plan);
    }
    tellSize();
    String module = Consumer.class.getModule().getName();
    System.out.println("run " + (module == null ? "on the class path" : "as module " + module));
  }

  /** What a user of the library inherits stays below 16 MB. */
  private static void tellSize() {
    String paths =
        System.getProperty("java.class.path") + System.getProperty("jdk.module.path", "");
    long bytes =
        Arrays.stream(paths.split(File.pathSeparator))
            .filter(path -> path.endsWith(".jar"))
            .mapToLong(path -> new File(path).length())
            .sum();
    System.out.printf(Locale.ROOT, "brings %.1f MB%n", bytes / 1e6);
    if (bytes == 0 || bytes >= 16_000_000) {
      throw new IllegalStateException("the library brings " + bytes + " bytes: " + paths);
    }
  }
}
