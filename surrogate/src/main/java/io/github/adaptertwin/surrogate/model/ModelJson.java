package io.github.adaptertwin.surrogate.model;

import com.google.gson.stream.JsonWriter;
import io.github.adaptertwin.core.input.JsonInput;
import io.github.adaptertwin.surrogate.Regressor;
import io.github.adaptertwin.surrogate.ensemble.TreeEnsemble;
import io.github.adaptertwin.surrogate.linear.LinearModel;
import io.github.adaptertwin.surrogate.linear.LogisticModel;
import io.github.adaptertwin.surrogate.tree.RegressionTree;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * The content of a model file. A tree is three rows: the feature of each node in preorder (-1 for a
 * leaf), the index of the threshold of each inner node in the ensemble's table for that feature,
 * and the value of each leaf. Values of inner nodes are not kept.
 */
final class ModelJson {
  /** Most questions on the way to a leaf; trees that were learned have some ten. */
  private static final int DEEPEST = 1_000;

  private ModelJson() {}

  static String write(ModelFile file) {
    StringWriter text = new StringWriter();
    try (JsonWriter json = new JsonWriter(text)) {
      json.beginObject();
      json.name("provenance").beginObject();
      for (Map.Entry<String, String> word : file.provenance().entrySet()) {
        json.name(word.getKey()).value(word.getValue());
      }
      json.endObject();
      json.name("numbers").beginObject();
      for (Map.Entry<String, double[]> row : file.numbers().entrySet()) {
        json.name(row.getKey());
        doubles(json, row.getValue());
      }
      json.endObject();
      json.name("models").beginObject();
      for (Map.Entry<String, Regressor> model : file.models().entrySet()) {
        json.name(model.getKey()).beginObject();
        model(json, model.getValue());
        json.endObject();
      }
      json.endObject();
      json.endObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  private static void model(JsonWriter json, Regressor model) throws IOException {
    if (model instanceof LinearModel linear) {
      linear(json, "linear", linear);
    } else if (model instanceof LogisticModel logistic) {
      linear(json, "logistic", logistic.logOdds());
    } else if (model instanceof RegressionTree tree) {
      trees(
          json,
          "tree",
          new TreeEnsemble(tree.features(), List.of(tree), 0, TreeEnsemble.Link.IDENTITY));
    } else if (model instanceof TreeEnsemble ensemble) {
      trees(json, "trees", ensemble);
    } else {
      throw new IllegalArgumentException(
          "a model file keeps linear and logistic models, trees and tree ensembles; this is a "
              + model.getClass().getSimpleName());
    }
  }

  private static void linear(JsonWriter json, String type, LinearModel model) throws IOException {
    json.name("type").value(type);
    names(json, model.features());
    json.name("intercept").value(model.intercept());
    json.name("coefficients").beginArray();
    for (int f = 0; f < model.features().size(); f++) {
      json.value(model.coefficient(f));
    }
    json.endArray();
  }

  private static void trees(JsonWriter json, String type, TreeEnsemble ensemble)
      throws IOException {
    json.name("type").value(type);
    names(json, ensemble.features());
    json.name("link").value(ensemble.link().name());
    json.name("base").value(ensemble.base());
    double[][] table = Thresholds.of(ensemble);
    json.name("thresholds").beginArray();
    for (double[] row : table) {
      doubles(json, row);
    }
    json.endArray();
    json.name("trees").beginArray();
    for (RegressionTree tree : ensemble.trees()) {
      List<Integer> preorder = new ArrayList<>();
      preorder(tree, 0, preorder);
      json.beginArray();
      row(json, preorder, node -> tree.isLeaf(node) ? -1 : tree.feature(node));
      List<Integer> inner = preorder.stream().filter(node -> !tree.isLeaf(node)).toList();
      row(json, inner, node -> Thresholds.rank(table[tree.feature(node)], tree.threshold(node)));
      json.beginArray();
      for (int node : preorder) {
        if (tree.isLeaf(node)) {
          json.value(tree.value(node));
        }
      }
      json.endArray();
      json.endArray();
    }
    json.endArray();
  }

  private static void preorder(RegressionTree tree, int node, List<Integer> order) {
    order.add(node);
    if (!tree.isLeaf(node)) {
      preorder(tree, tree.left(node), order);
      preorder(tree, tree.right(node), order);
    }
  }

  private static void row(JsonWriter json, List<Integer> nodes, ToDoubleFunction<Integer> of)
      throws IOException {
    json.beginArray();
    for (int node : nodes) {
      json.value((long) of.applyAsDouble(node));
    }
    json.endArray();
  }

  private static void names(JsonWriter json, List<String> features) throws IOException {
    json.name("features").beginArray();
    for (String name : features) {
      json.value(name);
    }
    json.endArray();
  }

  private static void doubles(JsonWriter json, double[] row) throws IOException {
    json.beginArray();
    for (double value : row) {
      json.value(value);
    }
    json.endArray();
  }

  static ModelFile read(String source, String content) {
    JsonInput json = JsonInput.of(source, new StringReader(content));
    Map<String, String> provenance = new LinkedHashMap<>();
    Map<String, double[]> numbers = new LinkedHashMap<>();
    Map<String, Regressor> models = new LinkedHashMap<>();
    json.beginObject();
    while (json.hasNext()) {
      switch (json.name()) {
        case "provenance" -> members(json, name -> provenance.put(name, json.string()));
        case "numbers" -> members(json, name -> numbers.put(name, json.numbers()));
        case "models" -> members(json, name -> models.put(name, new Reader(json).model()));
        default -> json.skip();
      }
    }
    json.endObject();
    json.endDocument();
    return new ModelFile(provenance, models, numbers);
  }

  private static void members(JsonInput json, java.util.function.Consumer<String> member) {
    json.beginObject();
    while (json.hasNext()) {
      member.accept(json.name());
    }
    json.endObject();
  }

  /** One model; its members may come in any order. */
  private static final class Reader {
    private final JsonInput json;
    private final List<String> features = new ArrayList<>();
    private final List<double[]> thresholds = new ArrayList<>();
    private final List<double[][]> trees = new ArrayList<>();
    private String type = "";
    private String link = "";
    private double base;
    private double intercept;
    private double[] coefficients = {};

    Reader(JsonInput json) {
      this.json = json;
    }

    Regressor model() {
      members(json, this::member);
      try {
        return switch (type) {
          case "linear" -> new LinearModel(features, coefficients, intercept);
          case "logistic" -> new LogisticModel(new LinearModel(features, coefficients, intercept));
          case "tree" -> tree(trees.get(0));
          case "trees" ->
              new TreeEnsemble(
                  features,
                  trees.stream().map(this::tree).toList(),
                  base,
                  TreeEnsemble.Link.valueOf(link));
          default -> throw json.malformed("a model is of the type '" + type + "'");
        };
      } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
        throw json.malformed("a model of the type '" + type + "' is not whole: " + e.getMessage());
      }
    }

    private void member(String name) {
      switch (name) {
        case "type" -> type = json.string();
        case "link" -> link = json.string();
        case "base" -> base = json.number();
        case "intercept" -> intercept = json.number();
        case "coefficients" -> coefficients = json.numbers();
        case "features" -> array(() -> features.add(json.string()));
        case "thresholds" -> array(() -> thresholds.add(json.numbers()));
        case "trees" ->
            array(
                () -> {
                  List<double[]> rows = new ArrayList<>();
                  array(() -> rows.add(json.numbers()));
                  trees.add(rows.toArray(new double[0][]));
                });
        default -> json.skip();
      }
    }

    private void array(Runnable element) {
      json.beginArray();
      while (json.hasNext()) {
        element.run();
      }
      json.endArray();
    }

    private RegressionTree tree(double[][] rows) {
      int nodes = rows[0].length;
      int[] feature = Arrays.stream(rows[0]).mapToInt(f -> (int) f).toArray();
      double[] threshold = new double[nodes];
      int[] left = new int[nodes];
      int[] right = new int[nodes];
      double[] value = new double[nodes];
      int inner = 0;
      int leaf = 0;
      // Inner nodes that still wait for their right child.
      int[] waiting = new int[nodes];
      int depth = 0;
      for (int node = 0; node < nodes; node++) {
        if (feature[node] >= 0) {
          threshold[node] = thresholds.get(feature[node])[(int) rows[1][inner++]];
          left[node] = node + 1;
          waiting[depth++] = node;
        } else {
          value[node] = rows[2][leaf++];
          if (node + 1 < nodes) {
            right[waiting[--depth]] = node + 1;
          }
        }
      }
      RegressionTree tree =
          RegressionTree.ofNodes(features, feature, threshold, left, right, value);
      if (tree.depth() > DEEPEST) {
        // Writing a tree and telling its rules go down it by recursion.
        throw new IllegalArgumentException(
            "a tree is " + tree.depth() + " questions deep, the limit is " + DEEPEST);
      }
      return tree;
    }
  }
}
