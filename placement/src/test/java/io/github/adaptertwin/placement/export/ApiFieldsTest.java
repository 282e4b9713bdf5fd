package io.github.adaptertwin.placement.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.report.Estimate;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.placement.GpuLoad;
import io.github.adaptertwin.placement.Placement;
import io.github.adaptertwin.placement.bound.LowerBound;
import io.github.adaptertwin.placement.capacity.Prediction;
import io.github.adaptertwin.placement.capacity.SharedAdapter;
import io.github.adaptertwin.placement.hardening.HostileNames;
import io.github.adaptertwin.workload.AdapterTraffic;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** Exported objects against the fields of their APIs. */
class ApiFieldsTest {
  private static final String MODEL = "llama-3.1-70b";

  private static GpuLoad gpu(int index, int cards, String... ids) {
    List<SharedAdapter> parts = new ArrayList<>();
    for (String id : ids) {
      parts.add(SharedAdapter.whole(new AdapterTraffic(new LoraAdapter(id, 16), 1)));
    }
    return load(index, cards, parts);
  }

  private static GpuLoad load(int index, int cards, List<SharedAdapter> parts) {
    Estimate none = new Estimate(Double.NaN, Double.NaN, 0);
    return new GpuLoad(
        index,
        Gpus.named("h100-80gb-sxm"),
        parts,
        0,
        0,
        EngineFlags.builder().maxLoras(8).maxLoraRank(16).tensorParallel(cards).build(),
        new Prediction(1000, 480, 470, 0.98, 0.01, 0.2, 0.4, 3, 1, 0.5, 0, 7, List.of()),
        new GpuLoad.Verified(0, none, none, none, none));
  }

  private static Placement plan(GpuLoad... gpus) {
    return new Placement(
        MODEL, List.of(gpus), new LowerBound(1, 1, "by hand"), 1, false, List.of());
  }

  /** Ordinary names, one that begins with a digit, many adapters, and sets of four cards. */
  private static Placement varied() {
    String[] many = new String[200];
    for (int i = 0; i < many.length; i++) {
      many[i] = "adapter-" + i;
    }
    return plan(gpu(0, 1, "sql", "7b-german", "A.b_c"), gpu(1, 4, many), gpu(2, 2, "z".repeat(80)));
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> objects(Placement plan, ExportFormat format) {
    String text = Exports.render(plan, ExportSettings.defaults(plan.baseModel()), format).text();
    List<Map<String, Object>> all = new ArrayList<>();
    new Load(LoadSettings.builder().build())
        .loadAllFromString(text)
        .forEach(d -> all.add((Map<String, Object>) d));
    return all;
  }

  private static List<String> complaints(Placement plan, ExportFormat format) throws IOException {
    ApiFields fields = new ApiFields();
    List<String> complaints = new ArrayList<>();
    objects(plan, format).forEach(o -> complaints.addAll(fields.complaints(o)));
    return complaints;
  }

  @ParameterizedTest
  @EnumSource(
      value = ExportFormat.class,
      names = {"AIBRIX", "KSERVE", "LLM_D"})
  void objects_keepTheFieldsOfTheirApis(ExportFormat format) throws IOException {
    assertEquals(List.of(), complaints(varied(), format));
  }

  @ParameterizedTest
  @EnumSource(
      value = ExportFormat.class,
      names = {"AIBRIX", "KSERVE", "LLM_D"})
  void objects_hostileNames_keepTheFieldsOfTheirApis(ExportFormat format) throws IOException {
    List<String> complaints = complaints(HostileNames.plan(), format);
    // The one name above 4096 characters is longer than a route may compare with.
    complaints.removeIf(c -> c.length() > 4096 && c.contains(".value breaks length 1..4096"));
    assertEquals(List.of(), complaints);
  }

  /** The check itself: each of these is what an API server refuses. */
  @Test
  void fields_whatIsWrong_isFound() throws IOException {
    ApiFields fields = new ApiFields();
    Map<String, Object> pool = objects(varied(), ExportFormat.LLM_D).get(1);
    assertEquals("InferencePool", pool.get("kind"));
    assertEquals(List.of(), fields.complaints(pool));
    @SuppressWarnings("unchecked")
    Map<String, Object> spec = (Map<String, Object>) pool.get("spec");
    spec.put("targetPortNumber", 8000);
    spec.put("targetPorts", List.of(Map.of("number", 70_000), Map.of("number", "8000"), Map.of()));
    spec.remove("selector");
    assertEquals(
        List.of(
            "spec.targetPorts[].number breaks range 1..65535: 70000",
            "spec.targetPorts[].number is no integer: 8000",
            "spec.targetPorts[].number is missing",
            "spec.targetPortNumber is no field: 8000",
            "spec.selector is missing"),
        fields.complaints(pool));
    assertEquals(
        List.of("unknown: Pod v1"), fields.complaints(Map.of("apiVersion", "v1", "kind", "Pod")));
  }

  @Test
  void names_beginWithALetter_asServicesHaveTo() {
    assertEquals("a7", KubernetesNames.of("a7"));
    assertTrue(KubernetesNames.of("7b").matches("x-7b-[0-9a-f]{8}"), KubernetesNames.of("7b"));
    assertEquals("Llama-3.1_8b", KubernetesNames.labelValueOf("Llama-3.1_8b"));
    assertTrue(KubernetesNames.labelValueOf("meta/llama").startsWith("meta-llama-"));
  }

  @ParameterizedTest
  @CsvSource({"1,1", "2,2", "4,4"})
  void cards_sharedModel_areAskedForEverywhere(int cards, String asked) {
    Placement plan = plan(gpu(0, cards, "sql"), gpu(1, cards, "sql"));
    String flag = "--tensor-parallel-size";
    for (ExportFormat format : List.of(ExportFormat.AIBRIX, ExportFormat.LLM_D)) {
      String text = objects(plan, format).get(0).toString();
      assertTrue(text.contains("limits={nvidia.com/gpu=" + asked + "}"), text);
      assertEquals(cards > 1, text.contains(flag + ", " + asked), text);
      assertEquals(cards > 1, text.contains("mountPath=/dev/shm"), text);
    }
    String service = objects(plan, ExportFormat.KSERVE).get(0).toString();
    assertTrue(service.contains("limits={nvidia.com/gpu=" + asked + "}"), service);
    assertEquals(cards > 1, service.contains("parallelism={tensor=" + asked + "}"), service);
    for (ExportFormat format : List.of(ExportFormat.VLLM, ExportFormat.ROUTER)) {
      String text = Exports.render(plan, ExportSettings.defaults(MODEL), format).text();
      assertEquals(cards > 1, text.contains(flag + " " + asked), text);
    }
    String script = Exports.render(plan, ExportSettings.defaults(MODEL), ExportFormat.VLLM).text();
    assertEquals(
        cards > 1, script.contains("2 GPUs (tensor parallel, " + 2 * cards + " cards)"), script);
    assertTrue(script.contains(cards > 1 ? "(" + cards + " x h100" : "(h100"), script);
  }

  /**
   * Arguments of {@code vllm serve} that exports write, and what may follow each, as the parser of
   * vLLM 0.8.5 has them (vllm/engine/arg_utils.py, vllm/config.py, entrypoints/openai/cli_args.py).
   */
  private static final Map<String, String> SERVE_ARGUMENTS =
      Map.ofEntries(
          Map.entry("--served-model-name", ".+"),
          Map.entry("--port", "[0-9]{1,5}"),
          Map.entry("--enable-lora", ""),
          Map.entry("--max-loras", "[1-9][0-9]*"),
          Map.entry("--max-lora-rank", "8|16|32|64|128|256|320|512"),
          Map.entry("--max-cpu-loras", "[1-9][0-9]*"),
          Map.entry("--max-num-seqs", "[1-9][0-9]*"),
          Map.entry("--max-num-batched-tokens", "[1-9][0-9]*"),
          Map.entry("--max-model-len", "[1-9][0-9]*"),
          Map.entry("--gpu-memory-utilization", "0\\.[0-9]+|1\\.0"),
          Map.entry("--tensor-parallel-size", "[1-9][0-9]*"),
          Map.entry("--quantization", "fp8"),
          Map.entry("--kv-cache-dtype", "auto|fp8|fp8_e5m2|fp8_e4m3"));

  @Test
  void serve_arguments_areThoseOfTheEngine() {
    Placement plan =
        new Placement(
            MODEL + ":fp8:kv-fp8",
            List.of(gpu(0, 4, "sql", "legal")),
            new LowerBound(1, 1, "by hand"),
            1,
            false,
            List.of());
    List<String> words = new ArrayList<>();
    List<ServingGroup> groups = ServingGroup.of(plan);
    ExportSettings settings = ExportSettings.defaults(plan.baseModel());
    words.addAll(List.of("--served-model-name", "x", "--port", "8000"));
    words.addAll(CommandLines.flags(groups.get(0)));
    List<String> modules = CommandLines.modules(groups.get(0), settings);
    Set<String> seen = new TreeSet<>();
    int at = 0;
    while (at < words.size()) {
      String argument = words.get(at++);
      assertTrue(SERVE_ARGUMENTS.containsKey(argument), argument);
      assertTrue(seen.add(argument), argument + " comes twice");
      String values = SERVE_ARGUMENTS.get(argument);
      if (!values.isEmpty()) {
        String value = words.get(at++);
        assertTrue(value.matches(values), argument + " " + value);
      }
    }
    assertEquals(SERVE_ARGUMENTS.keySet(), seen);
    assertEquals(List.of("--lora-modules", "sql=/adapters/sql", "legal=/adapters/legal"), modules);
  }

  @Test
  void plan_cardsAndTargets_areReadBack() throws IOException {
    Placement plan = plan(gpu(0, 4, "sql"), gpu(1, 1, "legal"));
    assertEquals(plan, Placement.read("plan.json", new java.io.StringReader(plan.toJson())));
    assertFalse(plan(gpu(0, 1, "sql")).toJson().contains("tensorParallel"), "older readers");
  }

  @Test
  void aibrix_answersToTheNameThatItRoutesBy() {
    String args = objects(plan(gpu(0, 1, "sql")), ExportFormat.AIBRIX).get(0).toString();
    assertTrue(args.contains("--served-model-name, llama-3.1-70b, --port"), args);
    assertTrue(args.contains("model.aibrix.ai/name=llama-3.1-70b"), args);
  }

  @Test
  void aibrix_hubAdapters_getTheSchemeThatItKnows() {
    ExportSettings usual = ExportSettings.defaults(MODEL);
    ExportSettings hub =
        new ExportSettings(
            usual.modelUri(), usual.adapterPath(), "hf://me/{id}", "n", "g", "i", 8000);
    String text = Exports.render(plan(gpu(0, 1, "sql")), hub, ExportFormat.AIBRIX).text();
    assertTrue(text.contains("artifactURL: huggingface://me/sql"), text);
  }

  @Test
  void kserve_manyAdapters_asksForAPatternWhereItIsLookedFor() {
    Map<String, Object> service = objects(varied(), ExportFormat.KSERVE).get(1);
    assertTrue(
        ((Map<?, ?>) service.get("spec"))
            .get("annotations")
            .toString()
            .equals("{serving.kserve.io/lora-model-routing-strategy=regex}"),
        service.toString());
  }

  @Test
  void llmd_moreBackendsThanARuleHolds_isRefusedWithTheWayOut() {
    GpuLoad[] gpus = new GpuLoad[17];
    for (int i = 0; i < gpus.length; i++) {
      SharedAdapter slice =
          new SharedAdapter(
              new AdapterTraffic(new LoraAdapter("hot", 16), 1), i / 17.0, (i + 1) / 17.0);
      SharedAdapter own =
          SharedAdapter.whole(new AdapterTraffic(new LoraAdapter("own-" + i, 16), 1));
      gpus[i] = load(i, 1, List.of(slice, own));
    }
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> Exports.render(plan(gpus), ExportSettings.defaults(MODEL), ExportFormat.LLM_D));
    assertTrue(refused.getMessage().contains("'hot' is served by 17 pools"), refused.getMessage());
  }

  @ParameterizedTest
  @CsvSource({"Serving,g,namespace", "a b,g,namespace", "n,Gate_way,gateway"})
  void settings_namesThatNoClusterAccepts_areRefused(
      String namespace, String gateway, String what) {
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> new ExportSettings("m", "/a/{id}", "s3://x/{id}", namespace, gateway, "i", 1));
    assertTrue(refused.getMessage().startsWith(what + " '"), refused.getMessage());
  }
}
