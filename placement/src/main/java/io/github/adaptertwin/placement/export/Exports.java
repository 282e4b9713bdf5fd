package io.github.adaptertwin.placement.export;

import com.google.common.collect.ImmutableList;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import io.github.adaptertwin.core.input.WholeFile;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.placement.GpuLoad;
import io.github.adaptertwin.placement.Placement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Hands plans on. GPUs that are started alike form a group; a group becomes one command line, one
 * Deployment or one service with as many replicas as it has GPUs. Equal plans give equal bytes.
 * Every file begins with the version of this export and of the API that it is for.
 */
public final class Exports {
  /** Version of the layout of all exports; it grows when a reader could be misled. */
  static final int FORMAT_VERSION = 1;

  static final String SCRIPT = "vllm-serve.sh";

  private Exports() {}

  /**
   * Writes a plan as text.
   *
   * @param plan the plan
   * @param settings the place where it is carried out
   * @param format for whom
   * @return the file
   * @throws IllegalArgumentException if the plan's base model is not in the catalogue
   */
  public static ExportedFile render(Placement plan, ExportSettings settings, ExportFormat format) {
    List<ServingGroup> groups = ServingGroup.of(plan);
    return switch (format) {
      case VLLM -> CommandLines.script(plan, groups, settings);
      case AIBRIX -> new KubernetesObjects(plan, groups, settings).aibrix();
      case KSERVE -> new KubernetesObjects(plan, groups, settings).kserve();
      case LLM_D -> new KubernetesObjects(plan, groups, settings).llmd();
      case ROUTER -> routerTable(plan, groups);
    };
  }

  /**
   * Writes files, each whole or not at all.
   *
   * @param plan the plan
   * @param settings the place where it is carried out
   * @param formats for whom
   * @param folder where to write; it is made if it does not exist
   * @return the files in the order of the formats; unmodifiable
   * @throws IOException if a file cannot be written
   */
  public static List<Path> write(
      Placement plan, ExportSettings settings, List<ExportFormat> formats, Path folder)
      throws IOException {
    List<ExportedFile> files = new ArrayList<>();
    for (ExportFormat format : formats) {
      files.add(render(plan, settings, format));
    }
    Files.createDirectories(folder);
    ImmutableList.Builder<Path> written = ImmutableList.builder();
    for (ExportedFile file : files) {
      Path target = folder.resolve(file.name());
      WholeFile.writeText(target, file.text());
      written.add(target);
    }
    return written.build();
  }

  static List<String> comment(Placement plan, String api) {
    return List.of(
        "AdapterTwin export, format " + FORMAT_VERSION + ", for " + api,
        String.format(
            Locale.ROOT,
            "%s for %s; lower bound %d",
            Cards.words(plan),
            plan.baseModel().replaceAll("\\p{Cntrl}", " "),
            plan.bound().gpus()));
  }

  /** What clients call the base model: data types are flags and not part of a name. */
  static String servedName(Placement plan) {
    return Models.withoutTypes(plan.baseModel());
  }

  private static ExportedFile routerTable(Placement plan, List<ServingGroup> groups) {
    Map<String, Object> table = new LinkedHashMap<>();
    table.put("format", "adaptertwin-router-table");
    table.put("formatVersion", FORMAT_VERSION);
    table.put("baseModel", servedName(plan));
    table.put("gpuCount", plan.gpus().size());
    if (Cards.of(plan) > plan.gpus().size()) {
      table.put("cardCount", Cards.of(plan));
    }
    table.put("lowerBoundGpus", plan.bound().gpus());
    table.put("gapToBound", plan.gap());
    table.put("weightsAddUpTo", RoutingTable.WHOLE);
    table.put("groups", groups.stream().map(Exports::groupRow).toList());
    table.put("baseModelTargets", targetRows(RoutingTable.ofBaseModel(groups)));
    Map<String, Integer> ranks = new TreeMap<>();
    for (GpuLoad gpu : plan.gpus()) {
      for (LoraAdapter adapter : gpu.adapters()) {
        ranks.put(adapter.id(), adapter.rank());
      }
    }
    List<Object> adapters = new ArrayList<>();
    RoutingTable.ofAdapters(groups)
        .forEach(
            (id, targets) -> {
              Map<String, @Nullable Object> row = new LinkedHashMap<>();
              row.put("id", id);
              row.put("rank", ranks.get(id));
              row.put("targets", targetRows(targets));
              adapters.add(row);
            });
    table.put("adapters", adapters);
    Gson gson = new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();
    return new ExportedFile("router.json", gson.toJson(withoutNaN(table)) + "\n");
  }

  private static Map<String, Object> groupRow(ServingGroup group) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("name", group.name());
    row.put("replicas", group.gpus().size());
    row.put("flags", String.join(" ", CommandLines.flags(group)));
    row.put("startSeconds", group.startSeconds());
    row.put("gpus", group.gpus().stream().map(CommandLines::figures).toList());
    return row;
  }

  private static List<Object> targetRows(List<RoutingTable.Target> targets) {
    List<Object> rows = new ArrayList<>();
    for (RoutingTable.Target target : targets) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("group", target.group());
      row.put("weight", target.weight());
      rows.add(row);
    }
    return rows;
  }

  /** JSON has no NaN: what is not known is left out. */
  private static @Nullable Object withoutNaN(@Nullable Object tree) {
    if (tree instanceof Map<?, ?> map) {
      Map<Object, @Nullable Object> kept = new LinkedHashMap<>();
      map.forEach((key, value) -> kept.put(key, withoutNaN(value)));
      kept.values().removeIf(value -> value == null);
      return kept;
    }
    if (tree instanceof List<?> list) {
      return list.stream().map(Exports::withoutNaN).toList();
    }
    return tree instanceof Double d && !Double.isFinite(d) ? null : tree;
  }
}
