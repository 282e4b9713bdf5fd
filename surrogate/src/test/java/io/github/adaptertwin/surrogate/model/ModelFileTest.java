package io.github.adaptertwin.surrogate.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.input.MalformedInputException;
import io.github.adaptertwin.surrogate.Friedman;
import io.github.adaptertwin.surrogate.Regressor;
import io.github.adaptertwin.surrogate.data.Dataset;
import io.github.adaptertwin.surrogate.ensemble.GradientBoostingTrainer;
import io.github.adaptertwin.surrogate.ensemble.Loss;
import io.github.adaptertwin.surrogate.ensemble.RandomForestTrainer;
import io.github.adaptertwin.surrogate.ensemble.TreeEnsemble;
import io.github.adaptertwin.surrogate.ensemble.TreeEnsemble.Link;
import io.github.adaptertwin.surrogate.linear.LeastSquares;
import io.github.adaptertwin.surrogate.linear.LogisticRegression;
import io.github.adaptertwin.surrogate.tree.RegressionTree;
import io.github.adaptertwin.surrogate.tree.RegressionTreeTrainer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFileTest {
  private static final Dataset DATA = Friedman.one(300, 1, 1);

  private static ModelFile models() {
    return new ModelFile(
        Map.of("from", "Friedman's first problem, 300 rows, seed 1"),
        Map.of(
            "linear",
            LeastSquares.ordinary().fit(DATA),
            "logistic",
            new LogisticRegression(0.1).fit(Friedman.classes(300, 1, 1)),
            "tree",
            new RegressionTreeTrainer(8, 5).fit(DATA),
            "forest",
            new RandomForestTrainer(5, 16, 2, 0.5, 64, 1).fit(DATA).trees(),
            "boosted",
            GradientBoostingTrainer.builder(new Loss.Logistic())
                .rounds(5)
                .maxLeaves(6)
                .build()
                .fit(Friedman.classes(300, 1, 1))),
        Map.of("least", new double[] {0, -1.5, 1e-300}));
  }

  private static ModelFile read(String text) throws IOException {
    return ModelFile.read(
        "m.json", new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static void requireEqual(ModelFile a, ModelFile b) {
    assertEquals(a.provenance(), b.provenance());
    assertEquals(a.models().keySet(), b.models().keySet());
    assertArrayEquals(a.numbers().get("least"), b.numbers().get("least"), 0);
    for (String name : a.models().keySet()) {
      Regressor before = a.model(name);
      Regressor after = b.model(name);
      for (int r = 0; r < 100; r++) {
        assertEquals(before.predict(DATA.row(r)), after.predict(DATA.row(r)), 0, name);
      }
    }
  }

  @Test
  void models_say_after_reading_what_they_said_before(@TempDir Path folder) throws IOException {
    ModelFile file = models();
    Path plain = folder.resolve("m.json");
    Path zipped = folder.resolve("m.json.gz");
    file.write(plain);
    file.write(zipped);
    requireEqual(file, ModelFile.read(plain));
    requireEqual(file, ModelFile.read(zipped));
    assertTrue(Files.size(zipped) < Files.size(plain) / 2);
    assertEquals(file.toJson(), ModelFile.read(zipped).toJson());
  }

  /** Written by version 0.1.0; later versions must go on reading it. */
  @Test
  void the_file_of_an_older_release_is_read_and_says_what_it_said() throws IOException {
    try (InputStream in = ModelFileTest.class.getResourceAsStream("models-0.1.0.json")) {
      ModelFile old = ModelFile.read("models-0.1.0.json", in);
      double[] row = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1};
      double[] said = old.numbers().get("said");
      assertEquals(5, said.length);
      int i = 0;
      for (String name : old.models().keySet()) {
        assertEquals(said[i++], old.model(name).predict(row), 1e-12, name);
      }
    }
  }

  @Test
  void a_file_that_was_cut_off_or_changed_is_refused() throws IOException {
    String text = models().toJson();
    for (int end : new int[] {0, 1, 50, 120, text.length() / 2, text.length() - 3}) {
      assertThrows(MalformedInputException.class, () -> read(text.substring(0, end)), "end " + end);
    }
    int digit = text.indexOf("\"intercept\":") + 13;
    char other = text.charAt(digit) == '7' ? '8' : '7';
    String changed = text.substring(0, digit) + other + text.substring(digit + 1);
    MalformedInputException refused =
        assertThrows(MalformedInputException.class, () -> read(changed));
    assertTrue(refused.getMessage().contains("SHA-256"), refused.getMessage());
    assertTrue(refused.getMessage().contains("m.json"), refused.getMessage());
    requireEqual(models(), read(text + "\n"));
  }

  @Test
  void a_file_above_the_limit_is_refused_plain_and_packed(@TempDir Path folder) throws IOException {
    ModelFile file = models();
    int bytes = file.toJson().getBytes(StandardCharsets.UTF_8).length;
    for (String name : new String[] {"m.json", "m.json.gz"}) {
      Path written = folder.resolve(name);
      file.write(written);
      byte[] packed = Files.readAllBytes(written);
      requireEqual(file, ModelFile.read(name, new ByteArrayInputStream(packed), bytes));
      String message =
          assertThrows(
                  MalformedInputException.class,
                  () -> ModelFile.read(name, new ByteArrayInputStream(packed), bytes - 1))
              .getMessage();
      assertEquals(
          name
              + ": there are more than the "
              + (bytes - 1)
              + " bytes that a model file may have; is it the right file?",
          message);
    }
  }

  @Test
  void a_later_schema_and_other_files_are_refused() {
    String later = models().toJson().replace("\"schemaVersion\":1", "\"schemaVersion\":2");
    MalformedInputException refused =
        assertThrows(MalformedInputException.class, () -> read(later));
    assertTrue(refused.getMessage().contains("schemaVersion is 2"), refused.getMessage());
    assertThrows(MalformedInputException.class, () -> read("{\"a\":1}"));
    byte[] notZipped = {0x1f, (byte) 0x8b, 8, 0};
    assertThrows(
        MalformedInputException.class,
        () -> ModelFile.read("m.gz", new ByteArrayInputStream(notZipped)));
  }

  @Test
  void an_unknown_name_is_refused_with_those_that_there_are() {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> models().model("nobody"));
    assertTrue(refused.getMessage().contains("boosted"), refused.getMessage());
    Regressor foreign = row -> 0;
    ModelFile file = new ModelFile(Map.of(), Map.of("foreign", foreign), Map.of());
    assertThrows(IllegalArgumentException.class, file::toJson);
  }

  @Test
  void names_and_numbers_are_copied_and_sorted() {
    double[] row = {1, 2};
    ModelFile file =
        new ModelFile(
            Map.of("b", "2", "a", "1"),
            Map.of("z", regressor(), "y", regressor()),
            Map.of("n", row));
    row[0] = 9;
    assertArrayEquals(new double[] {1, 2}, file.numbers().get("n"));
    assertEquals("[a, b]", file.provenance().keySet().toString());
    assertEquals("[y, z]", file.models().keySet().toString());
    String message =
        assertThrows(IllegalArgumentException.class, () -> file.model("x")).getMessage();
    assertEquals("there is no model 'x'; there are [y, z]", message);
  }

  private static Regressor regressor() {
    return LeastSquares.ordinary().fit(DATA);
  }

  /** What the file of a tree holds, letter by letter: preorder, ranks of thresholds, leaves. */
  @Test
  void the_content_of_a_tree_is_as_by_hand() throws IOException {
    RegressionTree tree =
        RegressionTree.ofNodes(
            List.of("a", "b"),
            new int[] {1, 0, -1, -1, -1},
            new double[] {5, 2.5, 0, 0, 0},
            new int[] {1, 3, 0, 0, 0},
            new int[] {2, 4, 0, 0, 0},
            new double[] {0, 0, 30, 10, 20});
    ModelFile file =
        new ModelFile(
            Map.of("from", "a test"),
            Map.of(
                "t",
                tree,
                "e",
                new TreeEnsemble(List.of("a", "b"), List.of(tree), 1.5, Link.LOGISTIC)),
            Map.of("n", new double[] {1, -0.25}));
    String trees =
        "\"features\":[\"a\",\"b\"],\"link\":\"LINK\",\"base\":BASE,\"thresholds\":[[2.5],[5.0]],"
            + "\"trees\":[[[1,0,-1,-1,-1],[0,0],[10.0,20.0,30.0]]]}";
    assertEquals(
        "{\"provenance\":{\"from\":\"a test\"},\"numbers\":{\"n\":[1.0,-0.25]},\"models\":{"
            + "\"e\":{\"type\":\"trees\","
            + trees.replace("LINK", "LOGISTIC").replace("BASE", "1.5")
            + ",\"t\":{\"type\":\"tree\","
            + trees.replace("LINK", "IDENTITY").replace("BASE", "0.0")
            + "}}",
        ModelJson.write(file));
    ModelFile read = read(file.toJson());
    double[][] rows = {{2.5, 5}, {3, 5}, {0, 5.1}};
    double[] leaves = {10, 20, 30};
    for (int i = 0; i < rows.length; i++) {
      assertEquals(leaves[i], read.model("t").predict(rows[i]));
      assertEquals(1 / (1 + Math.exp(-1.5 - leaves[i])), read.model("e").predict(rows[i]), 1e-15);
    }
    assertEquals("a test", read.provenance().get("from"));
  }

  private static void assertNotWhole(String model) {
    String content = "{\"models\":{\"m\":" + model + "}}";
    String message =
        assertThrows(MalformedInputException.class, () -> ModelJson.read("m.json", content))
            .getMessage();
    assertTrue(message.startsWith("m.json, line 1, column "), message);
    assertTrue(message.contains("a model "), message);
  }

  @Test
  void models_that_are_not_whole_are_refused() {
    assertNotWhole("{\"type\":\"oracle\"}");
    assertNotWhole("{}");
    assertNotWhole("{\"type\":\"tree\",\"features\":[\"a\"]}");
    assertNotWhole("{\"type\":\"trees\",\"features\":[\"a\"],\"link\":\"IDENTITY\",\"trees\":[]}");
    assertNotWhole("{\"type\":\"linear\",\"features\":[\"a\"],\"coefficients\":[]}");
    String tree = "{\"type\":\"tree\",\"features\":[\"a\"],\"thresholds\":[[1]],\"trees\":[T]}";
    // A question without an answer, without its threshold, with too few leaves.
    assertNotWhole(tree.replace("T", "[[0,-1],[0],[1]]"));
    assertNotWhole(tree.replace("T", "[[0,-1,-1],[],[1,2]]"));
    assertNotWhole(tree.replace("T", "[[0,-1,-1],[1],[1,2]]"));
    assertNotWhole(tree.replace("T", "[[0,-1,-1],[0],[1]]"));
    assertNotWhole(tree.replace("T", "[[0,-1,-1,-1],[0],[1,2,3]]"));
    assertThrows(
        MalformedInputException.class, () -> ModelJson.read("m.json", "{\"models\":{}} 1"));
    // What is not known is skipped, and members may come in any order.
    ModelFile file =
        ModelJson.read(
            "m.json",
            "{\"later\":[1],\"models\":{\"m\":{\"trees\":[[[0,-1,-1],[0],[1,2]]],\"new\":{},"
                + "\"thresholds\":[[1]],\"features\":[\"a\"],\"type\":\"tree\"}}}");
    assertEquals(2, file.model("m").predict(new double[] {1.5}));
  }

  @Test
  void compiled_models_say_what_they_need() {
    RegressionTree leaf =
        RegressionTree.ofNodes(
            List.of("a"), new int[] {-1}, new double[1], new int[1], new int[1], new double[] {4});
    CompiledTrees compiled =
        CompiledTrees.of(
            new TreeEnsemble(List.of("a"), List.of(leaf, leaf, leaf), 0.5, Link.IDENTITY));
    assertEquals(3, compiled.trees());
    assertEquals(1, compiled.width());
    assertEquals(12.5, compiled.predict(new double[1]));
    double[] batch = new double[70];
    compiled.predict(new double[70], batch);
    assertEquals(12.5, batch[69]);
    assertEquals(
        "row has 2 values, the model has 1 features",
        assertThrows(IllegalArgumentException.class, () -> compiled.predict(new double[2]))
            .getMessage());
    assertEquals(
        "there are 3 values for 2 predictions; give 1 a row",
        assertThrows(
                IllegalArgumentException.class,
                () -> compiled.predict(new double[3], new double[2]))
            .getMessage());
    assertEquals(
        "row has 2 values, the tree has 1 features",
        assertThrows(
                IllegalArgumentException.class, () -> CompiledTree.of(leaf).predict(new double[2]))
            .getMessage());
    assertEquals(4, CompiledTree.of(leaf).predict(new double[1]));
    // 65,537 nodes, each question the same.
    int nodes = 65_537;
    int[] feature = new int[nodes];
    int[] left = new int[nodes];
    int[] right = new int[nodes];
    for (int node = 0; node < nodes; node++) {
      boolean asks = node < nodes / 2;
      feature[node] = asks ? 0 : -1;
      left[node] = asks ? 2 * node + 1 : 0;
      right[node] = asks ? 2 * node + 2 : 0;
    }
    RegressionTree large =
        RegressionTree.ofNodes(
            List.of("a"), feature, new double[nodes], left, right, new double[nodes]);
    assertEquals(
        "a tree has 65537 nodes, at most 65536 can be compiled",
        assertThrows(IllegalArgumentException.class, () -> CompiledTrees.of(large)).getMessage());
  }
}
