package io.github.adaptertwin.placement.export;

import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import com.google.common.io.Resources;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What the APIs of exported objects allow, from {@code api-fields.txt}. */
final class ApiFields {
  private static final String EVERY = "every object";

  /** One field: its type and what else holds, by name. */
  private record Field(String type, Map<String, String> rules) {}

  private final Map<String, Map<String, Field>> byKind = new TreeMap<>();

  ApiFields() throws IOException {
    String kind = "";
    for (String line :
        Resources.readLines(
            Resources.getResource(ApiFields.class, "api-fields.txt"), StandardCharsets.UTF_8)) {
      if (line.startsWith("== ")) {
        kind = line.substring(3);
        byKind.put(kind, new LinkedHashMap<>());
      } else if (!line.startsWith("#") && !line.isBlank()) {
        List<String> words =
            Splitter.on(CharMatcher.whitespace()).omitEmptyStrings().splitToList(line);
        Map<String, String> rules = new LinkedHashMap<>();
        for (String rule : words.subList(2, words.size())) {
          int equals = rule.indexOf('=');
          rules.put(
              equals < 0 ? rule : rule.substring(0, equals),
              equals < 0 ? "" : rule.substring(equals + 1));
        }
        byKind.get(kind).put(words.get(0), new Field(words.get(1), rules));
      }
    }
  }

  /** {@return what an API server would not accept of an object, empty if nothing} */
  List<String> complaints(Map<String, Object> object) {
    Map<String, Field> fields = new LinkedHashMap<>(byKind.get(EVERY));
    String kind = object.get("kind") + " " + object.get("apiVersion");
    if (!byKind.containsKey(kind)) {
      return List.of("unknown: " + kind);
    }
    fields.putAll(byKind.get(kind));
    List<String> complaints = new ArrayList<>();
    members(fields, "", object, complaints);
    return complaints;
  }

  private static void members(
      Map<String, Field> fields, String path, Map<?, ?> members, List<String> complaints) {
    String prefix = path.isEmpty() ? "" : path + ".";
    members.forEach(
        (name, value) -> {
          String exact = prefix + name;
          boolean any = !fields.containsKey(exact) && fields.containsKey(prefix + "*");
          value(fields, any ? prefix + "*" : exact, value, complaints);
        });
    fields.forEach(
        (name, field) -> {
          if (field.rules().containsKey("required")
              && name.startsWith(prefix)
              && name.indexOf('.', prefix.length()) < 0
              && !members.containsKey(name.substring(prefix.length()))) {
            complaints.add(name + " is missing");
          }
        });
  }

  private static void value(
      Map<String, Field> fields, String path, Object value, List<String> complaints) {
    Field field = fields.get(path);
    if (field == null) {
      complaints.add(path + " is no field: " + value);
      return;
    }
    boolean typed =
        switch (field.type()) {
          case "object" -> value instanceof Map;
          case "list" -> value instanceof List;
          case "integer" -> value instanceof Integer;
          default -> value instanceof String;
        };
    if (!typed) {
      complaints.add(path + " is no " + field.type() + ": " + value);
      return;
    }
    field.rules().forEach((rule, bound) -> check(path, rule, bound, value, complaints));
    if (value instanceof Map<?, ?> map) {
      members(fields, path, map, complaints);
    } else if (value instanceof List<?> list) {
      for (Object item : list) {
        if (item instanceof Map<?, ?> map) {
          members(fields, path + "[]", map, complaints);
        } else {
          value(fields, path + "[]", item, complaints);
        }
      }
    }
  }

  private static void check(
      String path, String rule, String bound, Object value, List<String> complaints) {
    boolean holds =
        switch (rule) {
          case "required" -> true;
          case "length" -> within(bound, ((String) value).length());
          case "items" -> within(bound, ((List<?>) value).size());
          case "range" -> within(bound, (Integer) value);
          case "one" -> Splitter.on(',').splitToList(bound).contains(value);
          case "pattern" -> ((String) value).matches(bound);
          default -> throw new IllegalStateException("unknown rule " + rule + " of " + path);
        };
    if (!holds) {
      complaints.add(path + " breaks " + rule + " " + bound + ": " + value);
    }
  }

  private static boolean within(String bounds, int value) {
    List<String> ends = Splitter.on("..").splitToList(bounds);
    return value >= Integer.parseInt(ends.get(0)) && value <= Integer.parseInt(ends.get(1));
  }
}
