package io.github.adaptertwin.placement.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.base.Splitter;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.adaptertwin.placement.Placement;
import io.github.adaptertwin.placement.hardening.HostileNames;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** Names are data: every export is read back by what reads it, and holds them as they were. */
class HostileNamesExportTest {
  private static final Placement PLAN = HostileNames.plan();
  private static final ExportSettings SETTINGS = ExportSettings.defaults(PLAN.baseModel());

  @Test
  void files_hostileNames_haveFixedNamesInTheFolder(@TempDir Path folder) throws IOException {
    Path inner = folder.resolve("a/b");
    Exports.write(PLAN, SETTINGS, List.of(ExportFormat.values()), inner);
    try (Stream<Path> files = Files.walk(folder)) {
      assertEquals(
          Set.of("vllm-serve.sh", "aibrix.yaml", "kserve.yaml", "llm-d.yaml", "router.json"),
          files
              .filter(Files::isRegularFile)
              .map(f -> inner.relativize(f).toString())
              .collect(Collectors.toSet()));
    }
  }

  @Test
  void script_hostileNames_reachesTheEngineAsOneWordEach(@TempDir Path folder) throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "no POSIX shell");
    Exports.write(PLAN, SETTINGS, List.of(ExportFormat.VLLM), folder);
    assertEquals("", run(folder, "/bin/sh", "-n", "vllm-serve.sh"), "syntax");
    Path fake = folder.resolve("vllm");
    Files.writeString(fake, "#!/bin/sh\nprintf '%s\\0' \"$@\"\n");
    assertTrue(fake.toFile().setExecutable(true));
    List<String> words =
        Splitter.on('\0').splitToList(run(folder, "/bin/sh", "vllm-serve.sh", "g0"));
    int first = words.indexOf("--lora-modules") + 1;
    Set<String> ids = new TreeSet<>();
    for (String word : words.subList(first, words.size() - 1)) {
      assertFalse(word.startsWith("-"), () -> "the engine takes it for an option: " + word);
      String id;
      String path;
      if (word.contains("=") && !word.contains(",")) {
        List<String> parts = Splitter.on('=').splitToList(word);
        assertEquals(2, parts.size(), word);
        id = parts.get(0);
        path = parts.get(1);
      } else {
        JsonObject form = JsonParser.parseString(word).getAsJsonObject();
        id = form.get("name").getAsString();
        path = form.get("path").getAsString();
      }
      ids.add(id);
      Path normal = Path.of(path).normalize();
      assertTrue(normal.startsWith("/adapters") && normal.getNameCount() > 1, path);
    }
    assertEquals(HostileNames.ALL, ids);
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(2, files.count(), "a name was carried out");
    }
  }

  private static String run(Path folder, String... command) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().put("PATH", folder + ":/usr/bin:/bin");
    Path out = Files.createTempFile("out", ".txt");
    Process process = builder.redirectErrorStream(true).redirectOutput(out.toFile()).start();
    assertTrue(process.waitFor(30, TimeUnit.SECONDS), "the shell ends");
    String text = Files.readString(out, StandardCharsets.UTF_8);
    Files.delete(out);
    assertEquals(0, process.exitValue(), text);
    return text;
  }

  @ParameterizedTest
  @EnumSource(
      value = ExportFormat.class,
      names = {"AIBRIX", "KSERVE", "LLM_D"})
  void yaml_hostileNames_areScalarsAsTheyWere(ExportFormat format) {
    String text = Exports.render(PLAN, SETTINGS, format).text();
    Set<Object> scalars = new HashSet<>();
    List<Object> documents = new ArrayList<>();
    new Load(LoadSettings.builder().build()).loadAllFromString(text).forEach(documents::add);
    assertFalse(documents.isEmpty());
    for (Object document : documents) {
      Map<?, ?> object = (Map<?, ?>) document;
      assertEquals(
          Set.of("apiVersion", "kind", "metadata", "spec"), new HashSet<>(object.keySet()));
      Object name = ((Map<?, ?>) object.get("metadata")).get("name");
      assertTrue(((String) name).matches("[a-z]([-a-z0-9]{0,61}[a-z0-9])?"), () -> "" + name);
      collect(document, scalars);
    }
    for (String id : HostileNames.ALL) {
      assertTrue(scalars.contains(id), () -> format + " lost " + HostileNames.shown(id));
    }
  }

  private static void collect(Object tree, Set<Object> scalars) {
    if (tree instanceof Map<?, ?> map) {
      map.values().forEach(v -> collect(v, scalars));
    } else if (tree instanceof List<?> list) {
      list.forEach(v -> collect(v, scalars));
    } else {
      scalars.add(tree);
    }
  }

  @Test
  void routerTable_hostileNames_areReadBack() {
    String text = Exports.render(PLAN, SETTINGS, ExportFormat.ROUTER).text();
    Set<String> ids = new TreeSet<>();
    for (JsonElement row :
        JsonParser.parseString(text).getAsJsonObject().getAsJsonArray("adapters")) {
      ids.add(row.getAsJsonObject().get("id").getAsString());
    }
    assertEquals(HostileNames.ALL, ids);
  }
}
