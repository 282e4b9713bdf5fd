package io.github.adaptertwin.benchmarks;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code --name value} pairs of a study's command line, each of them known and given once. */
final class Options {
  private final Map<String, String> values = new LinkedHashMap<>();

  private Options() {}

  static Options parse(List<String> known, String... args) {
    Options options = new Options();
    for (int i = 0; i < args.length; i += 2) {
      if (!args[i].startsWith("--") || i + 1 == args.length) {
        throw new IllegalArgumentException(
            "'" + args[i] + "' is no option with a value; write --name value");
      }
      if (!known.contains(args[i])) {
        throw new IllegalArgumentException(
            "unknown option " + args[i] + "; known are " + String.join(", ", known));
      }
      if (options.values.put(args[i], args[i + 1]) != null) {
        throw new IllegalArgumentException(args[i] + " is given twice; leave one out");
      }
    }
    return options;
  }

  @Nullable String text(String name) {
    return values.get(name);
  }

  Path path(String name) {
    String value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException(name + " is missing; give it a file or folder");
    }
    return Path.of(value);
  }

  boolean has(String name) {
    return values.containsKey(name);
  }

  int number(String name, int otherwise) {
    String value = values.get(name);
    if (value == null) {
      return otherwise;
    }
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          name + " is '" + value + "', must be a whole number within 2^31", e);
    }
  }
}
