package io.github.adaptertwin.placement.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.base.Splitter;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.adaptertwin.core.report.Estimate;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.placement.GpuLoad;
import io.github.adaptertwin.placement.Placement;
import io.github.adaptertwin.placement.bound.LowerBound;
import io.github.adaptertwin.placement.capacity.Prediction;
import io.github.adaptertwin.placement.capacity.SharedAdapter;
import io.github.adaptertwin.workload.AdapterTraffic;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

class ExportsTest {
  private static final ExportSettings SETTINGS = ExportSettings.defaults("llama-3.1-8b-instruct");

  private static SharedAdapter part(String id, double from, double to) {
    return new SharedAdapter(new AdapterTraffic(new LoraAdapter(id, 16), 1), from, to);
  }

  private static GpuLoad gpu(int index, int slots, double baseFrom, SharedAdapter... parts) {
    Prediction figures =
        new Prediction(1000, 480, 470, 0.98, 0.01, 0.2, 0.4, 3, 1, 0.5, 0, 7, List.of());
    Estimate none = new Estimate(Double.NaN, Double.NaN, 0);
    return new GpuLoad(
        index,
        Gpus.named("h100-80gb-sxm"),
        List.of(parts),
        baseFrom,
        1,
        EngineFlags.builder().maxLoras(slots).maxLoraRank(16).maxCpuLoras(slots + 2).build(),
        figures,
        new GpuLoad.Verified(0, none, none, none, none));
  }

  /** Two replicas of one group that share "hot", and a GPU of its own with a third of it. */
  private static Placement plan() {
    return plan("llama-3.1-8b-instruct");
  }

  private static Placement plan(String baseModel) {
    return new Placement(
        baseModel,
        List.of(
            gpu(0, 8, 1, part("hot", 0, 1 / 3.0), part("it's = odd", 0, 0.5)),
            gpu(1, 8, 1, part("hot", 1 / 3.0, 2 / 3.0), part("it's = odd", 0.5, 1)),
            gpu(2, 4, 0, part("hot", 2 / 3.0, 1), part("SQL_de", 0, 1))),
        new LowerBound(1.5, 2, "by hand"),
        7,
        false,
        List.of());
  }

  private static List<Map<String, Object>> documents(ExportFormat format) {
    return documents(plan(), format);
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> documents(Placement plan, ExportFormat format) {
    String text = Exports.render(plan, SETTINGS, format).text();
    assertTrue(text.startsWith("# AdapterTwin export, format 1, for "), text);
    List<Map<String, Object>> all = new ArrayList<>();
    new Load(LoadSettings.builder().build())
        .loadAllFromString(text)
        .forEach(d -> all.add((Map<String, Object>) d));
    return all;
  }

  private static List<Map<String, Object>> kind(List<Map<String, Object>> all, String kind) {
    return all.stream().filter(d -> kind.equals(d.get("kind"))).toList();
  }

  /** Follows a path such as {@code spec.rules.0.targets}. */
  private static Object at(Object tree, String path) {
    Object here = tree;
    for (String step : Splitter.on('.').split(path)) {
      here =
          here instanceof List<?> list
              ? list.get(Integer.parseInt(step))
              : ((Map<?, ?>) here).get(step.replace('|', '.'));
      assertTrue(here != null, () -> "no " + step + " of " + path + " in " + tree);
    }
    return here;
  }

  private static Set<Object> keys(Object tree) {
    return new TreeSet<>(((Map<?, ?>) tree).keySet());
  }

  @Test
  void data_types_are_flags_and_no_part_of_a_name() {
    Placement typed = plan("llama-3.1-8b-instruct:fp8:kv-fp8");
    for (ExportFormat format : ExportFormat.values()) {
      String text = Exports.render(typed, SETTINGS, format).text();
      String told = text.lines().filter(l -> !l.startsWith("#")).collect(Collectors.joining("\n"));
      assertFalse(told.contains(":fp8"), told);
      assertTrue(told.contains("llama-3.1-8b-instruct"), told);
    }
    for (ExportFormat format : List.of(ExportFormat.VLLM, ExportFormat.KSERVE)) {
      String words = Exports.render(typed, SETTINGS, format).text().replaceAll("[^a-z0-9-]+", " ");
      assertTrue(words.contains("--quantization fp8 --kv-cache-dtype fp8"), words);
    }
    assertEquals(
        "hf://llama-3.1-8b-instruct",
        ExportSettings.defaults("llama-3.1-8b-instruct:int4").modelUri());
  }

  @Test
  void groups_keep_replicas_together_and_weights_add_up() {
    List<ServingGroup> groups = ServingGroup.of(plan());
    assertEquals(2, groups.size());
    assertEquals(2, groups.get(0).gpus().size());
    Map<String, List<RoutingTable.Target>> table = RoutingTable.ofAdapters(groups);
    assertEquals(
        List.of(new RoutingTable.Target("g0", 667), new RoutingTable.Target("g1", 333)),
        table.get("hot"));
    assertEquals(List.of(new RoutingTable.Target("g1", 1000)), table.get("SQL_de"));
    assertEquals(List.of(new RoutingTable.Target("g1", 1000)), RoutingTable.ofBaseModel(groups));
  }

  @Test
  void startup_probe_covers_the_measured_law_of_starts() {
    ServingGroup group = ServingGroup.of(plan()).get(0);
    // 97 s and 3.7 s for each of 8 slots, 16.06 GB of weights at 1 GB/s, and two adapters to read.
    assertEquals(97 + 3.7 * 8 + 16.06 + 2 * 0.06, group.startSeconds(), 0.01);
    assertEquals(Math.ceil(1.5 * group.startSeconds() / 10), group.probeFailures());
  }

  /** Readers of Kubernetes follow YAML 1.1, where these words are no strings unless quoted. */
  @Test
  void words_that_some_reader_takes_for_something_else_are_quoted() {
    List<String> words =
        List.of(
            "no",
            "On",
            "Y",
            "True",
            "NULL",
            "~",
            "1_000",
            "0x1F",
            "0o7",
            "1:30",
            "-.inf",
            ".5",
            "1e3",
            "2026-01-01",
            "=",
            "<<",
            "+1");
    YamlDocuments documents = new YamlDocuments(List.of("a comment"));
    documents.add(Map.of("words", words));
    String text = documents.toString();
    for (String word : words) {
      assertTrue(text.contains("- '" + word + "'\n"), text);
    }
    YamlDocuments plain = new YamlDocuments(List.of());
    plain.add(Map.of("words", List.of("nobody", "--max-loras", "hf://a", "true-ish")));
    assertFalse(plain.toString().contains("'"), plain.toString());
    assertTrue(
        Exports.render(plan(), SETTINGS, ExportFormat.AIBRIX).text().contains("value: 'True'"),
        "an environment variable must be a string");
  }

  @Test
  void names_are_labels_and_never_collide() {
    assertEquals("sql-de", KubernetesNames.of("sql-de"));
    Set<String> names = new TreeSet<>();
    List<String> ids = List.of("SQL_de", "sql_de", "sql de", "-", "", "a".repeat(64), "ä");
    for (String id : ids) {
      String name = KubernetesNames.of(id);
      assertTrue(name.matches("[a-z]([-a-z0-9]{0,61}[a-z0-9])?"), name);
      names.add(name);
    }
    assertEquals(ids.size(), names.size());
  }

  @Test
  void vllm_script_starts_each_group_with_its_flags(@TempDir Path folder) throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "no POSIX shell");
    Exports.write(plan(), SETTINGS, List.of(ExportFormat.VLLM), folder);
    Path fake = folder.resolve("vllm");
    Files.writeString(fake, "#!/bin/sh\nfor word in \"$@\"; do echo \"$word\"; done\n");
    assertTrue(fake.toFile().setExecutable(true));
    assertEquals(
        List.of(
            "serve",
            "llama-3.1-8b-instruct",
            "--served-model-name",
            "llama-3.1-8b-instruct",
            "--port",
            "8000",
            "--enable-lora",
            "--max-loras",
            "8",
            "--max-lora-rank",
            "16",
            "--max-cpu-loras",
            "10",
            "--max-num-seqs",
            "1024",
            "--max-num-batched-tokens",
            "2048",
            "--max-model-len",
            "2048",
            "--gpu-memory-utilization",
            "0.9",
            "--lora-modules",
            "hot=/adapters/hot",
            "{\"name\":\"it's = odd\",\"path\":\"/adapters/it's = odd\"}"),
        shell(folder, "g0"));
    assertTrue(shell(folder, "g7").get(0).startsWith("usage:"));
    String script = Files.readString(folder.resolve("vllm-serve.sh"));
    assertTrue(script.contains("startupProbe periodSeconds 10, failureThreshold 22"), script);
  }

  private static List<String> shell(Path folder, String group) throws Exception {
    ProcessBuilder builder = new ProcessBuilder("/bin/sh", "vllm-serve.sh", group);
    builder.directory(folder.toFile()).redirectErrorStream(true);
    builder.environment().merge("PATH", folder.toString(), (old, own) -> own + ":" + old);
    Process process = builder.start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return text.lines().toList();
  }

  @Test
  void aibrix_adapters_select_the_pods_of_their_groups() {
    List<Map<String, Object>> all = documents(ExportFormat.AIBRIX);
    List<Map<String, Object>> deployments = kind(all, "Deployment");
    List<Map<String, Object>> adapters = kind(all, "ModelAdapter");
    assertEquals(2, deployments.size());
    assertEquals(3, adapters.size());
    for (Map<String, Object> adapter : adapters) {
      assertEquals("model.aibrix.ai/v1alpha1", adapter.get("apiVersion"));
      assertEquals(Set.of("baseModel", "podSelector", "artifactURL"), keys(adapter.get("spec")));
      Map<?, ?> wanted = (Map<?, ?>) at(adapter, "spec.podSelector.matchLabels");
      String id = (String) at(adapter, "metadata.annotations.adaptertwin|github|io/adapter");
      long pods =
          deployments.stream()
              .filter(
                  d ->
                      ((Map<?, ?>) at(d, "spec.template.metadata.labels"))
                          .entrySet()
                          .containsAll(wanted.entrySet()))
              .mapToLong(d -> (Integer) at(d, "spec.replicas"))
              .sum();
      assertEquals(id.equals("hot") ? 3 : id.equals("SQL_de") ? 1 : 2, pods, id);
    }
    Object container = at(deployments.get(0), "spec.template.spec.containers.0");
    assertEquals(22, at(container, "startupProbe.failureThreshold"));
    assertEquals("VLLM_ALLOW_RUNTIME_LORA_UPDATING", at(container, "env.0.name"));
    assertFalse(((List<?>) at(container, "args")).contains("--lora-modules"));
  }

  @Test
  void kserve_services_hold_adapters_and_remaining_flags() {
    List<Map<String, Object>> all = documents(ExportFormat.KSERVE);
    assertEquals(2, all.size());
    Map<String, Object> first = all.get(0);
    assertEquals("serving.kserve.io/v1alpha2", first.get("apiVersion"));
    assertEquals("LLMInferenceService", first.get("kind"));
    assertEquals(Set.of("model", "replicas", "router", "template"), keys(first.get("spec")));
    assertEquals(2, at(first, "spec.replicas"));
    assertEquals(
        Set.of("adapters", "maxAdapters", "maxCpuAdapters", "maxRank"),
        keys(at(first, "spec.model.lora")));
    assertEquals(8, at(first, "spec.model.lora.maxAdapters"));
    assertEquals("s3://adapters/hot", at(first, "spec.model.lora.adapters.0.uri"));
    assertEquals("main", at(first, "spec.template.containers.0.name"));
    assertEquals("VLLM_ADDITIONAL_ARGS", at(first, "spec.template.containers.0.env.0.name"));
    String args = (String) at(first, "spec.template.containers.0.env.0.value");
    assertTrue(args.contains("--max-model-len 2048"), args);
    assertFalse(args.contains("lora"), args);
  }

  @Test
  void kserve_routes_many_adapters_by_a_pattern() {
    SharedAdapter[] parts = new SharedAdapter[8];
    for (int i = 0; i < parts.length; i++) {
      parts[i] = part("a" + i, 0, 1);
    }
    Placement many =
        new Placement(
            "llama-3.1-8b-instruct",
            List.of(gpu(0, 8, 1, parts)),
            new LowerBound(1, 1, "by hand"),
            1,
            false,
            List.of());
    assertEquals(
        "regex",
        at(
            documents(many, ExportFormat.KSERVE).get(0),
            "spec.annotations.serving|kserve|io/lora-model-routing-strategy"));
  }

  @Test
  void llmd_routes_split_between_pools_that_select_their_pods() {
    List<Map<String, Object>> all = documents(ExportFormat.LLM_D);
    Map<String, Object> pool = kind(all, "InferencePool").get(0);
    assertEquals("inference.networking.k8s.io/v1", pool.get("apiVersion"));
    assertEquals(Set.of("endpointPickerRef", "selector", "targetPorts"), keys(pool.get("spec")));
    assertEquals(
        at(pool, "spec.selector.matchLabels"),
        at(kind(all, "Deployment").get(0), "spec.template.metadata.labels"));
    assertEquals(8000, at(pool, "spec.targetPorts.0.number"));
    assertEquals(9002, at(pool, "spec.endpointPickerRef.port.number"));

    Map<String, Object> rewrite = kind(all, "InferenceModelRewrite").get(0);
    assertEquals("llm-d.ai/v1alpha2", rewrite.get("apiVersion"));
    assertEquals(at(pool, "metadata.name"), at(rewrite, "spec.poolRef.name"));
    assertEquals("Exact", at(rewrite, "spec.rules.0.matches.0.model.type"));
    assertEquals("hot", at(rewrite, "spec.rules.0.targets.0.modelRewrite"));

    List<?> rules = (List<?>) at(kind(all, "HTTPRoute").get(0), "spec.rules");
    // SQL_de and the base model both go to g1 alone and share a rule.
    assertEquals(3, rules.size());
    Object split =
        rules.stream()
            .filter(r -> at(r, "matches.0.headers.0.value").equals("hot"))
            .findFirst()
            .orElseThrow();
    assertEquals(667, at(split, "backendRefs.0.weight"));
    assertEquals(333, at(split, "backendRefs.1.weight"));
    assertEquals("InferencePool", at(split, "backendRefs.0.kind"));
  }

  @Test
  void llmd_routes_keep_the_bounds_of_the_gateway_api() {
    SharedAdapter[] parts = new SharedAdapter[300];
    for (int i = 0; i < parts.length; i++) {
      parts[i] = part("a" + i, 0, 1);
    }
    Placement many =
        new Placement(
            "llama-3.1-8b-instruct",
            List.of(gpu(0, 8, 1, parts)),
            new LowerBound(1, 1, "by hand"),
            1,
            false,
            List.of());
    int routed = 0;
    for (Map<String, Object> route : kind(documents(many, ExportFormat.LLM_D), "HTTPRoute")) {
      int matches = 0;
      for (Object rule : (List<?>) at(route, "spec.rules")) {
        int some = ((List<?>) at(rule, "matches")).size();
        assertTrue(some <= 64);
        matches += some;
      }
      assertTrue(matches <= 128);
      routed += matches;
    }
    assertEquals(300, routed);
  }

  @Test
  void router_table_names_bound_figures_and_weights() {
    JsonObject table =
        JsonParser.parseString(Exports.render(plan(), SETTINGS, ExportFormat.ROUTER).text())
            .getAsJsonObject();
    assertEquals(1, table.get("formatVersion").getAsInt());
    assertEquals(2, table.get("lowerBoundGpus").getAsInt());
    assertEquals(0.5, table.get("gapToBound").getAsDouble());
    assertEquals(3, table.getAsJsonArray("adapters").size());
    for (JsonElement adapter : table.getAsJsonArray("adapters")) {
      int sum = 0;
      for (JsonElement target : adapter.getAsJsonObject().getAsJsonArray("targets")) {
        sum += target.getAsJsonObject().get("weight").getAsInt();
      }
      assertEquals(1000, sum);
    }
  }

  @Test
  void settings_that_cannot_be_meant_are_refused() {
    IllegalArgumentException same =
        assertThrows(
            IllegalArgumentException.class,
            () -> new ExportSettings("m", "/adapters", "s3://x/{id}", "n", "g", "i", 8000));
    assertTrue(same.getMessage().contains("{id}"), same.getMessage());
    assertThrows(
        IllegalArgumentException.class,
        () -> new ExportSettings("m", "/a/{id}", "s3://x/{id}", "n", "g", "i", 0));
    assertThrows(
        IllegalArgumentException.class,
        () -> new ExportSettings(" ", "/a/{id}", "s3://x/{id}", "n", "g", "i", 1));
  }

  @Test
  void equal_plans_give_equal_bytes(@TempDir Path folder) throws IOException {
    for (ExportFormat format : ExportFormat.values()) {
      assertEquals(
          Exports.render(plan(), SETTINGS, format), Exports.render(plan(), SETTINGS, format));
    }
    List<Path> files =
        Exports.write(plan(), SETTINGS, List.of(ExportFormat.values()), folder.resolve("new"));
    assertEquals(ExportFormat.values().length, files.size());
    assertEquals("llm-d", ExportFormat.LLM_D.spelling());
  }
}
