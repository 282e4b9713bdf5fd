package io.github.adaptertwin.gpu.spec;

import com.google.common.collect.ImmutableMap;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Named figures from a CSV resource and from users; names are found whatever their case and
 * punctuation. Entries are only ever added, and a name never changes its figures, so that what a
 * name means does not depend on who asks when. Thread-safe.
 */
final class Catalogue<T> {
  private final String kind;
  private volatile ImmutableMap<String, T> byKey;

  private Catalogue(String kind, ImmutableMap<String, T> byKey) {
    this.kind = kind;
    this.byKey = byKey;
  }

  static <T> Catalogue<T> read(String kind, String resource, Function<NamedCsvRecord, T> parse) {
    ImmutableMap.Builder<String, T> byKey = ImmutableMap.builder();
    InputStream stream = Catalogue.class.getResourceAsStream(resource);
    if (stream == null) {
      throw new IllegalStateException("the jar lacks its resource " + resource);
    }
    try (CsvReader<NamedCsvRecord> rows =
        CsvReader.builder()
            .ofNamedCsvRecord(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
      for (NamedCsvRecord row : rows) {
        byKey.put(key(row.getField("name")), parse.apply(row));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Catalogue<>(kind, byKey.buildOrThrow());
  }

  private static String key(String name) {
    return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
  }

  @Nullable T find(String name) {
    return byKey.get(key(name));
  }

  T get(String name) {
    T found = find(name);
    if (found == null) {
      throw new IllegalArgumentException(
          "unknown "
              + kind
              + " '"
              + name
              + "'; known are "
              + byKey.values().stream().map(Object::toString).collect(Collectors.joining(", ")));
    }
    return found;
  }

  /** Adds an entry under a name that is new or already means the same. */
  synchronized void add(String name, T entry, BiPredicate<T, T> same) {
    T known = find(name);
    if (known == null) {
      Map<String, T> more = new LinkedHashMap<>(byKey);
      more.put(key(name), entry);
      byKey = ImmutableMap.copyOf(more);
    } else if (!same.test(known, entry)) {
      throw new IllegalArgumentException(
          "there is a "
              + kind
              + " '"
              + known
              + "' with other figures already; give '"
              + name
              + "' another name");
    }
  }

  Map<String, T> all() {
    return byKey;
  }
}
