package io.github.adaptertwin.workload.trace;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One string for each name that has been seen, found by its bytes. Not thread-safe. */
final class ClientNames {
  // Names are somebody else's: whoever picks them so that all have one hash code gets a tree of
  // them in this map instead of a list that is walked for every line. It is never iterated.
  private final Map<Name, String> names = new HashMap<>();
  private final Name wanted = new Name();

  String name(byte[] b, int from, int to) {
    if (from == to) {
      return "";
    }
    wanted.set(b, from, to);
    String known = names.get(wanted);
    if (known != null) {
      return known;
    }
    String name = new String(b, from, to - from, StandardCharsets.UTF_8);
    Name key = new Name();
    key.set(Arrays.copyOfRange(b, from, to), 0, to - from);
    names.put(key, name);
    return name;
  }

  /** A range of bytes; the one that is looked up is used again and again. */
  private static final class Name implements Comparable<Name> {
    private byte[] bytes = {};
    private int from;
    private int to;
    private int hash;

    void set(byte[] b, int begin, int end) {
      bytes = b;
      from = begin;
      to = end;
      hash = 0;
      for (int i = begin; i < end; i++) {
        hash = 31 * hash + b[i];
      }
    }

    @Override
    public int hashCode() {
      return hash;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Name name
          && Arrays.equals(bytes, from, to, name.bytes, name.from, name.to);
    }

    @Override
    public int compareTo(Name other) {
      return Arrays.compare(bytes, from, to, other.bytes, other.from, other.to);
    }
  }
}
