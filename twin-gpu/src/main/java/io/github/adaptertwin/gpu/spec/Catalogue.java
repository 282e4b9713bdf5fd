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
import java.util.List;
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
  /** One for all catalogues, so that entries of two of them are added together or not at all. */
  private static final Object ADDING = new Object();

  private final String kind;
  private final Function<T, String> name;
  private final BiPredicate<T, T> same;
  private volatile ImmutableMap<String, T> byKey;

  private Catalogue(
      String kind,
      Function<T, String> name,
      BiPredicate<T, T> same,
      ImmutableMap<String, T> byKey) {
    this.kind = kind;
    this.name = name;
    this.same = same;
    this.byKey = byKey;
  }

  /** Reads a resource; two entries of one name must be the same for the second to be added. */
  static <T> Catalogue<T> read(
      String kind,
      String resource,
      Function<NamedCsvRecord, T> parse,
      Function<T, String> name,
      BiPredicate<T, T> same) {
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
    return new Catalogue<>(kind, name, same, byKey.buildOrThrow());
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
  void add(T entry) {
    synchronized (ADDING) {
      byKey = with(List.of(entry));
    }
  }

  /** Adds to two catalogues; if one entry is refused, none is added. */
  static <A, B> void addAll(Catalogue<A> a, List<A> toA, Catalogue<B> b, List<B> toB) {
    synchronized (ADDING) {
      ImmutableMap<String, A> moreOfA = a.with(toA);
      ImmutableMap<String, B> moreOfB = b.with(toB);
      a.byKey = moreOfA;
      b.byKey = moreOfB;
    }
  }

  private ImmutableMap<String, T> with(List<T> entries) {
    Map<String, T> more = new LinkedHashMap<>(byKey);
    for (T entry : entries) {
      String called = name.apply(entry);
      requireFindable(called);
      T known = more.putIfAbsent(key(called), entry);
      if (known != null && !same.test(known, entry)) {
        throw new IllegalArgumentException(
            "there is a "
                + kind
                + " '"
                + known
                + "' with other figures already; give '"
                + called
                + "' another name");
      }
    }
    return ImmutableMap.copyOf(more);
  }

  private void requireFindable(String called) {
    if (key(called).isEmpty()) {
      throw new IllegalArgumentException(
          kind
              + " name '"
              + called
              + "' has none of the letters a to z and digits that names are found by;"
              + " give it one that has");
    }
  }

  Map<String, T> all() {
    return byKey;
  }
}
