package io.github.adaptertwin.placement.export;

import com.google.common.collect.ImmutableList;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import io.github.adaptertwin.core.input.VisibleText;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.spec.KvType;
import io.github.adaptertwin.gpu.spec.WeightType;
import io.github.adaptertwin.placement.GpuLoad;
import io.github.adaptertwin.placement.Placement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The engine's command lines. */
final class CommandLines {
  private static final Gson JSON = new GsonBuilder().disableHtmlEscaping().create();

  private CommandLines() {}

  /** {@return flags that decide what fits and how it serves, in the engine's spelling} */
  static List<String> flags(ServingGroup group) {
    EngineFlags flags = group.flags();
    ImmutableList.Builder<String> words = ImmutableList.builder();
    if (flags.maxLoras() > 0) {
      words.add("--enable-lora");
      words.add("--max-loras", Integer.toString(flags.maxLoras()));
      words.add("--max-lora-rank", Integer.toString(flags.maxLoraRank()));
      words.add("--max-cpu-loras", Integer.toString(flags.maxCpuLoras()));
    }
    return words.addAll(flagsBesideLora(group)).build();
  }

  static List<String> flagsBesideLora(ServingGroup group) {
    EngineFlags flags = group.flags();
    ImmutableList.Builder<String> words = ImmutableList.builder();
    words.add("--max-num-seqs", Integer.toString(flags.maxNumSeqs()));
    words.add("--max-num-batched-tokens", Integer.toString(flags.maxNumBatchedTokens()));
    words.add("--max-model-len", Integer.toString(flags.maxModelLen()));
    words.add("--gpu-memory-utilization", Double.toString(flags.gpuMemoryUtilization()));
    if (group.cards() > 1) {
      words.add("--tensor-parallel-size", Integer.toString(group.cards()));
    }
    // Weights of other types are checkpoints of their own, which say so themselves.
    if (group.model().weightType() == WeightType.FP8) {
      words.add("--quantization", "fp8");
    }
    if (group.model().kvType() == KvType.FP8) {
      words.add("--kv-cache-dtype", "fp8");
    }
    return words.build();
  }

  /** {@return the option that registers all adapters of a group; empty if it has none} */
  static List<String> modules(ServingGroup group, ExportSettings settings) {
    if (group.parts().isEmpty()) {
      return List.of();
    }
    ImmutableList.Builder<String> words = ImmutableList.builder();
    words.add("--lora-modules");
    for (LoraAdapter adapter : group.gpus().get(0).adapters()) {
      words.add(module(adapter.id(), settings.pathOf(adapter.id())));
    }
    return words.build();
  }

  /**
   * The short form where the engine reads it back as meant, the JSON form otherwise: the engine
   * splits at every '=', takes a word with a comma for JSON and one that begins with '-' for an
   * option.
   */
  private static String module(String id, String path) {
    String both = id + path;
    if (both.indexOf('=') < 0
        && both.indexOf(',') < 0
        && !id.startsWith("{")
        && !id.startsWith("-")) {
      return id + "=" + path;
    }
    Map<String, String> form = new LinkedHashMap<>();
    form.put("name", id);
    form.put("path", path);
    return JSON.toJson(form);
  }

  static ExportedFile script(Placement plan, List<ServingGroup> groups, ExportSettings settings) {
    StringBuilder text = new StringBuilder();
    text.append("#!/bin/sh\n");
    for (String line : Exports.comment(plan, "vllm serve of vLLM 0.8.5 and later")) {
      text.append("# ").append(line).append('\n');
    }
    boolean shared = groups.stream().anyMatch(group -> group.cards() > 1);
    text.append("#\n# On every GPU")
        .append(shared ? ", or set of GPUs that share the model," : "")
        .append(" of a group: sh ")
        .append(Exports.SCRIPT)
        .append(" GROUP\n");
    for (ServingGroup group : groups) {
      text.append(
          String.format(
              Locale.ROOT,
              "# %s: GPU%s %s (%s%s), %d adapters; answers after about %.0f s: startupProbe"
                  + " periodSeconds %d, failureThreshold %d%n",
              group.name(),
              group.gpus().size() == 1 ? "" : "s",
              String.join(
                  ", ", group.gpus().stream().map(g -> Integer.toString(g.index())).toList()),
              group.cards() == 1 ? "" : group.cards() + " x ",
              VisibleText.of(group.gpus().get(0).gpu().name()),
              group.parts().size(),
              group.startSeconds(),
              ServingGroup.PROBE_PERIOD_SECONDS,
              group.probeFailures()));
    }
    text.append("case \"$1\" in\n");
    for (ServingGroup group : groups) {
      text.append(group.name()).append(")\n  exec vllm serve ");
      text.append(quoted(settings.modelArgument()));
      text.append(" --served-model-name ").append(quoted(Exports.servedName(plan)));
      text.append(" --port ").append(settings.port());
      for (String word : flags(group)) {
        text.append(word.startsWith("--") ? " \\\n    " : " ").append(quoted(word));
      }
      for (String word : modules(group, settings)) {
        text.append(" \\\n    ").append(word.startsWith("--") ? "" : "  ").append(quoted(word));
      }
      text.append("\n  ;;\n");
    }
    text.append("*)\n  echo \"usage: sh ").append(Exports.SCRIPT).append(" GROUP, one of");
    for (ServingGroup group : groups) {
      text.append(' ').append(group.name());
    }
    text.append("\" >&2\n  exit 2\n  ;;\nesac\n");
    return new ExportedFile(Exports.SCRIPT, text.toString().replace("\r\n", "\n"));
  }

  /** Quotes a word for a POSIX shell where it has to be. */
  static String quoted(String word) {
    if (word.matches("[A-Za-z0-9_./:=@%+,-]+")) {
      return word;
    }
    return "'" + word.replace("'", "'\\''") + "'";
  }

  /** {@return the shares of a GPU as a note, for readers of the router table} */
  static Map<String, Object> figures(GpuLoad load) {
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("gpu", load.index());
    figures.put("kind", load.gpu().name());
    if (load.flags().tensorParallel() > 1) {
      figures.put("cards", load.flags().tensorParallel());
    }
    figures.put("kvTokens", load.predicted().kvTokens());
    figures.put("offeredTokensPerSecond", load.predicted().offeredTokensPerSecond());
    figures.put("throughputTokensPerSecond", load.predicted().throughputTokensPerSecond());
    figures.put("completedShare", load.predicted().completedShare());
    figures.put("meanItlSeconds", load.predicted().meanItlSeconds());
    figures.put("meanTtftSeconds", load.predicted().meanTtftSeconds());
    figures.put("p95TtftSeconds", load.predicted().p95TtftSeconds());
    figures.put("meanKvUse", load.predicted().meanKvUse());
    return figures;
  }
}
