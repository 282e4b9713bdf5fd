package io.github.adaptertwin.benchmarks;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** {@code --name value} pairs of a study's command line. */
final class Options {
  private final Map<String, String> values = new LinkedHashMap<>();

  private Options() {}

  static Options parse(String... args) {
    Options options = new Options();
    for (int i = 0; i < args.length; i += 2) {
      if (!args[i].startsWith("--") || i + 1 == args.length) {
        throw new IllegalArgumentException(
            "'" + args[i] + "' is no option with a value; write --name value");
      }
      options.values.put(args[i], args[i + 1]);
    }
    return options;
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
    return value == null ? otherwise : Integer.parseInt(value);
  }
}
