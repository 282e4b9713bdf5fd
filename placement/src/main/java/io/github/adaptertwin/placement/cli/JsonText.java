package io.github.adaptertwin.placement.cli;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What commands print for programs: trees of maps, lists, words and numbers as JSON. */
final class JsonText {
  private static final Gson GSON =
      new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().serializeNulls().create();

  private JsonText() {}

  /** {@return an object of these members, in this order} */
  static Map<String, @Nullable Object> object(@Nullable Object... namesAndValues) {
    Map<String, @Nullable Object> object = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      object.put(String.valueOf(namesAndValues[i]), namesAndValues[i + 1]);
    }
    return object;
  }

  /** {@return the tree as text; figures that are not finite become null} */
  static String of(Object tree) {
    return GSON.toJson(finite(tree));
  }

  private static @Nullable Object finite(@Nullable Object tree) {
    if (tree instanceof Map<?, ?> map) {
      Map<Object, @Nullable Object> kept = new LinkedHashMap<>();
      map.forEach((name, value) -> kept.put(name, finite(value)));
      return kept;
    }
    if (tree instanceof List<?> list) {
      List<@Nullable Object> kept = new ArrayList<>();
      list.forEach(value -> kept.add(finite(value)));
      return kept;
    }
    return tree instanceof Double d && !Double.isFinite(d) ? null : tree;
  }
}
