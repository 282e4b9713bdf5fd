package io.github.adaptertwin.gpu.spec;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** Linear layers of a decoder layer that an adapter can target, by the names of their weights. */
public enum LoraModule {
  /** Query projection. */
  Q_PROJ,
  /** Key projection. */
  K_PROJ,
  /** Value projection. */
  V_PROJ,
  /** Output projection of attention. */
  O_PROJ,
  /** Gate of the feed-forward block. */
  GATE_PROJ,
  /** Up projection of the feed-forward block. */
  UP_PROJ,
  /** Down projection of the feed-forward block. */
  DOWN_PROJ;

  private static final ImmutableSet<LoraModule> ALL =
      Sets.immutableEnumSet(EnumSet.allOf(LoraModule.class));

  /** {@return all modules: what adapters target by default; unmodifiable} */
  public static Set<LoraModule> all() {
    return ALL;
  }

  /** {@return the name as it stands in an adapter's configuration, such as {@code q_proj}} */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Reads the names of an adapter's {@code target_modules}.
   *
   * @param keys such as {@code q_proj}; not empty
   * @return the modules; unmodifiable
   * @throws IllegalArgumentException if there is none, or a name is unknown; the message lists all
   */
  public static Set<LoraModule> parse(Collection<String> keys) {
    EnumSet<LoraModule> found = EnumSet.noneOf(LoraModule.class);
    for (String key : keys) {
      LoraModule module =
          ALL.stream()
              .filter(m -> m.key().equals(key))
              .findFirst()
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "unknown target module '" + key + "'; known are " + names()));
      found.add(module);
    }
    if (found.isEmpty()) {
      throw new IllegalArgumentException("no target modules are given; known are " + names());
    }
    return Sets.immutableEnumSet(found);
  }

  private static String names() {
    return Arrays.stream(values()).map(LoraModule::key).collect(Collectors.joining(", "));
  }
}
