package io.github.adaptertwin.placement.hardening;

import io.github.adaptertwin.core.input.VisibleText;
import io.github.adaptertwin.core.report.Estimate;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.placement.GpuLoad;
import io.github.adaptertwin.placement.Placement;
import io.github.adaptertwin.placement.bound.LowerBound;
import io.github.adaptertwin.placement.capacity.Prediction;
import io.github.adaptertwin.placement.capacity.SharedAdapter;
import io.github.adaptertwin.workload.AdapterTraffic;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** Names of adapters that mean something to one of the languages that outputs are written in. */
public final class HostileNames {
  /** All of them, in order. */
  public static final SortedSet<String> ALL =
      new TreeSet<>(
          List.of(
              "\"><script>alert(1)</script>",
              "</pre></details><h1>x",
              "<!--",
              "]]>",
              "&amp;&lt;",
              "' onload='x",
              "a: b",
              "- x",
              "# c",
              "key: {a: [b",
              "---",
              "...",
              "null",
              "true",
              "~",
              "1e3",
              "0x10",
              "2024-01-01",
              "!!java/object x",
              "&anchor",
              "*alias",
              "%YAML 1.2",
              "$(touch pwned)",
              "`touch pwned`",
              "'; touch pwned; '",
              "\"; touch pwned; \"",
              "$HOME",
              "\\",
              "a\\nb",
              "*",
              "--served-model-name",
              "-x",
              "a=b",
              "a,b",
              "{\"name\":\"x\"}",
              "{id}",
              "%s%n%d",
              "../..",
              "..",
              ".",
              "a/../../../b",
              "/etc/passwd",
              "%2e%2e",
              "\u202egnp.exe",
              "\u2066x\u2069",
              "line\nbreak",
              "line\n  touch pwned\n",
              "carriage\rreturn",
              "tab\there",
              "\u0007bell\u001b[31mred",
              "\u0085next",
              "\u2028separator",
              "\ufeffmark",
              "\ufffe",
              "e\u0301",
              "\u00e9",
              "\u0130I\u0131i",
              "\ud83d\ude00",
              " blanks around ",
              "n".repeat(10_000)));

  private HostileNames() {}

  /** {@return a short form for messages} */
  public static String shown(String id) {
    String shown = VisibleText.of(id);
    return shown.length() > 60 ? shown.substring(0, 60) + "..." : shown;
  }

  /** {@return a plan of one GPU that serves them all; its card has a hostile name, too} */
  public static Placement plan() {
    return plan(new ArrayList<>(ALL), "card\n$(touch pwned)\nexit 1 #<b>\u001b[2J");
  }

  static Placement plan(List<String> ids, String card) {
    List<SharedAdapter> parts = new ArrayList<>();
    for (String id : ids) {
      parts.add(new SharedAdapter(new AdapterTraffic(new LoraAdapter(id, 16), 0.1), 0, 1));
    }
    GpuSpec like = Gpus.named("h100-80gb-sxm");
    GpuSpec gpu =
        GpuSpec.builder(card)
            .architecture(like.architecture())
            .source("by hand")
            .memoryGib(like.memoryGib())
            .bandwidthBytesPerSecond(like.bandwidthBytesPerSecond())
            .bf16FlopsPerSecond(like.bf16FlopsPerSecond())
            .smCount(like.smCount())
            .build();
    Estimate none = new Estimate(Double.NaN, Double.NaN, 0);
    return new Placement(
        "llama-3.1-8b-instruct",
        List.of(
            new GpuLoad(
                0,
                gpu,
                parts,
                0,
                0,
                EngineFlags.builder().maxLoras(8).maxLoraRank(16).maxCpuLoras(99).build(),
                new Prediction(1000, 480, 470, 0.98, 0.01, 0.2, 0.4, 3, 1, 0.5, 0, 7, List.of()),
                new GpuLoad.Verified(0, none, none, none, none))),
        new LowerBound(1, 1, "by hand"),
        1,
        false,
        List.of());
  }
}
