package io.github.adaptertwin.placement.export;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.input.VisibleText;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.placement.Placement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The objects that AIBrix, KServe and llm-d know, as trees of maps and lists. */
final class KubernetesObjects {
  private static final String GROUP_LABEL = "adaptertwin.github.io/group";
  private static final String SERVES_LABEL = "adapter.adaptertwin.github.io/";
  private static final String ADAPTER_ANNOTATION = "adaptertwin.github.io/adapter";
  private static final String MODEL_HEADER = "X-Gateway-Model-Name";
  private static final String POOL_API_GROUP = "inference.networking.k8s.io";
  private static final int PICKER_PORT = 9002;

  /** Bounds of the Gateway API on one HTTPRoute. */
  private static final int MOST_RULES = 16;

  private static final int MOST_MATCHES_OF_RULE = 64;
  private static final int MOST_MATCHES_OF_ROUTE = 128;
  private static final int MOST_BACKENDS_OF_RULE = 16;

  /** Adapters from which on KServe's own routes need one pattern instead of a match for each. */
  private static final int MOST_LISTED_ADAPTERS = 7;

  private final Placement plan;
  private final List<ServingGroup> groups;
  private final ExportSettings settings;
  private final String model;

  /** What clients and labels call the base model. */
  private final String label;

  KubernetesObjects(Placement plan, List<ServingGroup> groups, ExportSettings settings) {
    this.plan = plan;
    this.groups = groups;
    this.settings = settings;
    this.model = KubernetesNames.of(Exports.servedName(plan));
    this.label = KubernetesNames.labelValueOf(Exports.servedName(plan));
  }

  private static Map<String, Object> map(Object... keysAndValues) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      map.put((String) keysAndValues[i], keysAndValues[i + 1]);
    }
    return map;
  }

  private String nameOf(ServingGroup group) {
    return KubernetesNames.of(model + "-" + group.name());
  }

  private Map<String, Object> metadata(String name) {
    Map<String, Object> annotations =
        map("adaptertwin.github.io/format", Integer.toString(Exports.FORMAT_VERSION));
    return map("name", name, "namespace", settings.namespace(), "annotations", annotations);
  }

  private static Map<String, Object> object(
      String api, String kind, Map<String, Object> metadata, Map<String, Object> spec) {
    return map("apiVersion", api, "kind", kind, "metadata", metadata, "spec", spec);
  }

  private Map<String, Object> startupProbe(ServingGroup group, Object port) {
    return map(
        "httpGet", map("path", "/health", "port", port),
        "periodSeconds", ServingGroup.PROBE_PERIOD_SECONDS,
        "failureThreshold", group.probeFailures());
  }

  private static Map<String, Object> resources(ServingGroup group) {
    return map("limits", map("nvidia.com/gpu", Integer.toString(group.cards())));
  }

  /** One engine for each GPU of a group. */
  private Map<String, Object> deployment(
      ServingGroup group, Map<String, Object> podLabels, boolean adaptersAtRunTime) {
    List<Object> args = new ArrayList<>();
    args.add("--model");
    args.add(settings.modelArgument());
    args.add("--served-model-name");
    args.add(Exports.servedName(plan));
    if (adaptersAtRunTime && !label.equals(Exports.servedName(plan))) {
      // AIBrix routes by the label, and the engine has to answer to the same name.
      args.add(label);
    }
    args.add("--port");
    args.add(Integer.toString(settings.port()));
    args.addAll(CommandLines.flags(group));
    Map<String, Object> container =
        map("name", "vllm-openai", "image", settings.image(), "args", args);
    if (adaptersAtRunTime) {
      container.put(
          "env", List.of(map("name", "VLLM_ALLOW_RUNTIME_LORA_UPDATING", "value", "True")));
    } else {
      args.addAll(CommandLines.modules(group, settings));
    }
    container.put("ports", List.of(map("containerPort", settings.port())));
    container.put("resources", resources(group));
    container.put("startupProbe", startupProbe(group, settings.port()));
    Map<String, Object> pod = map("containers", List.of(container));
    if (group.cards() > 1) {
      // Processes of one engine talk through shared memory, of which a container has 64 MiB.
      container.put("volumeMounts", List.of(map("name", "shm", "mountPath", "/dev/shm")));
      pod.put("volumes", List.of(map("name", "shm", "emptyDir", map("medium", "Memory"))));
    }
    Map<String, Object> selector = map(GROUP_LABEL, nameOf(group));
    Map<String, Object> template = map("metadata", map("labels", podLabels), "spec", pod);
    return object(
        "apps/v1",
        "Deployment",
        metadata(nameOf(group)),
        map(
            "replicas",
            group.gpus().size(),
            "selector",
            map("matchLabels", selector),
            "template",
            template));
  }

  ExportedFile aibrix() {
    YamlDocuments yaml =
        new YamlDocuments(
            Exports.comment(plan, "AIBrix, model.aibrix.ai/v1alpha1; Deployments, apps/v1"));
    for (ServingGroup group : groups) {
      Map<String, Object> labels =
          map(
              GROUP_LABEL,
              nameOf(group),
              "model.aibrix.ai/name",
              label,
              "model.aibrix.ai/port",
              Integer.toString(settings.port()),
              "adapter.model.aibrix.ai/enabled",
              "true");
      for (LoraAdapter adapter : group.gpus().get(0).adapters()) {
        labels.put(SERVES_LABEL + KubernetesNames.of(adapter.id()), "true");
      }
      yaml.add(deployment(group, labels, true));
    }
    RoutingTable.ofAdapters(groups).keySet().forEach(id -> yaml.add(modelAdapter(id)));
    return new ExportedFile("aibrix.yaml", yaml.toString());
  }

  /** Without a number of replicas the adapter is loaded on all pods that carry its label. */
  private Map<String, Object> modelAdapter(String id) {
    Map<String, Object> metadata = metadata(KubernetesNames.of(id));
    metadata.put(
        "annotations",
        map(
            "adaptertwin.github.io/format",
            Integer.toString(Exports.FORMAT_VERSION),
            ADAPTER_ANNOTATION,
            id));
    metadata.put(
        "labels",
        map(
            "model.aibrix.ai/name",
            KubernetesNames.of(id),
            "model.aibrix.ai/port",
            Integer.toString(settings.port())));
    Map<String, Object> podLabels =
        map(
            "model.aibrix.ai/name",
            label,
            "adapter.model.aibrix.ai/enabled",
            "true",
            SERVES_LABEL + KubernetesNames.of(id),
            "true");
    return object(
        "model.aibrix.ai/v1alpha1",
        "ModelAdapter",
        metadata,
        map(
            "baseModel",
            label,
            "podSelector",
            map("matchLabels", podLabels),
            "artifactURL",
            // AIBrix spells the hub's scheme out.
            settings.uriOf(id).replaceFirst("^hf://", "huggingface://")));
  }

  ExportedFile kserve() {
    YamlDocuments yaml =
        new YamlDocuments(
            Exports.comment(
                plan, "KServe 0.17 and later, LLMInferenceService of serving.kserve.io/v1alpha2"));
    for (ServingGroup group : groups) {
      yaml.add(
          object(
              "serving.kserve.io/v1alpha2",
              "LLMInferenceService",
              metadata(nameOf(group)),
              kserveSpec(group)));
    }
    return new ExportedFile("kserve.yaml", yaml.toString());
  }

  private Map<String, Object> kserveSpec(ServingGroup group) {
    Map<String, Object> served = map("uri", settings.modelUri(), "name", Exports.servedName(plan));
    if (group.flags().maxLoras() > 0) {
      List<Object> adapters = new ArrayList<>();
      for (LoraAdapter adapter : group.gpus().get(0).adapters()) {
        adapters.add(map("name", adapter.id(), "uri", settings.uriOf(adapter.id())));
      }
      served.put(
          "lora",
          map(
              "maxRank",
              group.flags().maxLoraRank(),
              "maxAdapters",
              group.flags().maxLoras(),
              "maxCpuAdapters",
              group.flags().maxCpuLoras(),
              "adapters",
              adapters));
    }
    // KServe makes the engine's command line; what it has no field for goes through this variable.
    String more = String.join(" ", CommandLines.flagsBesideLora(group));
    Map<String, Object> container =
        map(
            "name", "main",
            "image", settings.image(),
            "env", List.of(map("name", "VLLM_ADDITIONAL_ARGS", "value", more)),
            "resources", resources(group),
            "startupProbe", kserveProbe(group));
    Map<String, Object> spec = map("model", served, "replicas", group.gpus().size());
    if (group.cards() > 1) {
      spec.put("parallelism", map("tensor", group.cards()));
    }
    if (group.parts().size() > MOST_LISTED_ADAPTERS) {
      // KServe looks for it among the annotations of the workload, not of the object.
      spec.put("annotations", map("serving.kserve.io/lora-model-routing-strategy", "regex"));
    }
    spec.put("template", map("containers", List.of(container)));
    spec.put("router", map("route", map(), "gateway", map(), "scheduler", map()));
    return spec;
  }

  /** KServe's engines speak TLS. */
  private Map<String, Object> kserveProbe(ServingGroup group) {
    Map<String, Object> probe = startupProbe(group, settings.port());
    probe.put("httpGet", map("path", "/health", "port", settings.port(), "scheme", "HTTPS"));
    return probe;
  }

  ExportedFile llmd() {
    YamlDocuments yaml =
        new YamlDocuments(
            Exports.comment(
                plan,
                "llm-d: InferencePool of inference.networking.k8s.io/v1, InferenceModelRewrite of"
                    + " llm-d.ai/v1alpha2, HTTPRoute of gateway.networking.k8s.io/v1"));
    for (ServingGroup group : groups) {
      String name = nameOf(group);
      yaml.add(deployment(group, map(GROUP_LABEL, name), false));
      yaml.add(
          object(
              POOL_API_GROUP + "/v1",
              "InferencePool",
              metadata(name),
              map(
                  "selector",
                  map("matchLabels", map(GROUP_LABEL, name)),
                  "targetPorts",
                  List.of(map("number", settings.port())),
                  "endpointPickerRef",
                  map(
                      "name",
                      KubernetesNames.of(name + "-epp"),
                      "port",
                      map("number", PICKER_PORT)))));
      if (!group.parts().isEmpty()) {
        yaml.add(rewrite(group));
      }
    }
    routes().forEach(yaml::add);
    return new ExportedFile("llm-d.yaml", yaml.toString());
  }

  /** Every name stands for itself: the place where a new version of an adapter is let in. */
  private Map<String, Object> rewrite(ServingGroup group) {
    List<Object> rules = new ArrayList<>();
    for (LoraAdapter adapter : group.gpus().get(0).adapters()) {
      rules.add(
          map(
              "matches",
              List.of(map("model", map("type", "Exact", "value", adapter.id()))),
              "targets",
              List.of(map("modelRewrite", adapter.id(), "weight", 1))));
    }
    return object(
        "llm-d.ai/v1alpha2",
        "InferenceModelRewrite",
        metadata(nameOf(group)),
        map(
            "poolRef",
            map("group", POOL_API_GROUP, "kind", "InferencePool", "name", nameOf(group)),
            "rules",
            rules));
  }

  /**
   * Models that go to the same pools with the same weights share a rule, within the API's bounds.
   */
  private List<Map<String, Object>> routes() {
    Map<List<RoutingTable.Target>, List<String>> byTargets = new LinkedHashMap<>();
    RoutingTable.ofAdapters(groups)
        .forEach((id, to) -> byTargets.computeIfAbsent(to, k -> new ArrayList<>()).add(id));
    List<RoutingTable.Target> base = RoutingTable.ofBaseModel(groups);
    if (!base.isEmpty()) {
      byTargets.computeIfAbsent(base, k -> new ArrayList<>()).add(Exports.servedName(plan));
    }
    ImmutableList.Builder<Map<String, Object>> routes = ImmutableList.builder();
    List<Object> rules = new ArrayList<>();
    int matches = 0;
    int count = 0;
    for (Map.Entry<List<RoutingTable.Target>, List<String>> entry : byTargets.entrySet()) {
      List<String> names = entry.getValue();
      requireFewBackends(names.get(0), entry.getKey());
      for (int from = 0; from < names.size(); from += MOST_MATCHES_OF_RULE) {
        List<String> some =
            names.subList(from, Math.min(names.size(), from + MOST_MATCHES_OF_RULE));
        if (rules.size() == MOST_RULES || matches + some.size() > MOST_MATCHES_OF_ROUTE) {
          routes.add(route(count++, rules));
          rules = new ArrayList<>();
          matches = 0;
        }
        rules.add(rule(some, entry.getKey()));
        matches += some.size();
      }
    }
    if (!rules.isEmpty()) {
      routes.add(route(count, rules));
    }
    return routes.build();
  }

  private static void requireFewBackends(String name, List<RoutingTable.Target> targets) {
    if (targets.size() > MOST_BACKENDS_OF_RULE) {
      throw new IllegalArgumentException(
          "'"
              + VisibleText.of(name)
              + "' is served by "
              + targets.size()
              + " pools, an HTTPRoute splits traffic over at most "
              + MOST_BACKENDS_OF_RULE
              + "; export for another system, or plan without sharing");
    }
  }

  private Map<String, Object> route(int number, List<Object> rules) {
    return object(
        "gateway.networking.k8s.io/v1",
        "HTTPRoute",
        metadata(KubernetesNames.of(model + "-r" + number)),
        map("parentRefs", List.of(map("name", settings.gateway())), "rules", rules));
  }

  private Map<String, Object> rule(List<String> models, List<RoutingTable.Target> targets) {
    List<Object> matches = new ArrayList<>();
    for (String name : models) {
      Map<String, Object> header = map("type", "Exact", "name", MODEL_HEADER, "value", name);
      matches.add(map("headers", List.of(header)));
    }
    List<Object> pools = new ArrayList<>();
    for (RoutingTable.Target target : targets) {
      pools.add(
          map(
              "group",
              POOL_API_GROUP,
              "kind",
              "InferencePool",
              "name",
              KubernetesNames.of(model + "-" + target.group()),
              "weight",
              target.weight()));
    }
    return map("matches", matches, "backendRefs", pools);
  }
}
