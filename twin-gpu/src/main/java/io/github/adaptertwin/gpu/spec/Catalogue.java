package io.github.adaptertwin.gpu.spec;

import com.google.common.collect.ImmutableMap;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Named figures from a CSV resource; names are found whatever their case and punctuation. */
final class Catalogue<T> {
  private final String kind;
  private final ImmutableMap<String, T> byKey;
  private final String names;

  private Catalogue(String kind, ImmutableMap<String, T> byKey, String names) {
    this.kind = kind;
    this.byKey = byKey;
    this.names = names;
  }

  static <T> Catalogue<T> read(String kind, String resource, Function<NamedCsvRecord, T> parse) {
    ImmutableMap.Builder<String, T> byKey = ImmutableMap.builder();
    StringBuilder names = new StringBuilder();
    InputStream stream = Catalogue.class.getResourceAsStream(resource);
    if (stream == null) {
      throw new IllegalStateException("the jar lacks its resource " + resource);
    }
    try (CsvReader<NamedCsvRecord> rows =
        CsvReader.builder()
            .ofNamedCsvRecord(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
      for (NamedCsvRecord row : rows) {
        String name = row.getField("name");
        byKey.put(key(name), parse.apply(row));
        names.append(names.isEmpty() ? "" : ", ").append(name);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Catalogue<>(kind, byKey.buildOrThrow(), names.toString());
  }

  private static String key(String name) {
    return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
  }

  T get(String name) {
    @Nullable T found = byKey.get(key(name));
    if (found == null) {
      throw new IllegalArgumentException("unknown " + kind + " '" + name + "'; known are " + names);
    }
    return found;
  }

  Map<String, T> all() {
    return byKey;
  }
}
