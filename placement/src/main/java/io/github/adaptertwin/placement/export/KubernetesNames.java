package io.github.adaptertwin.placement.export;

import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Makes names that Kubernetes accepts out of any text. */
final class KubernetesNames {
  /** Longest label value and longest name that every object accepts. */
  private static final int LONGEST = 63;

  private static final int HASH_DIGITS = 8;

  private KubernetesNames() {}

  /**
   * A DNS label: lower case letters, digits and hyphens, at most 63. Text that is one already stays
   * as it is; any other gets a hash of the original, so that two texts never share a name.
   */
  static String of(String text) {
    String safe =
        text.toLowerCase(Locale.ROOT)
            .replaceAll("[^a-z0-9-]+", "-")
            .replaceAll("^-+", "")
            .replaceAll("-+$", "");
    if (safe.equals(text) && !text.isEmpty() && text.length() <= LONGEST) {
      return text;
    }
    String hash =
        Hashing.sha256()
            .hashString(text, StandardCharsets.UTF_8)
            .toString()
            .substring(0, HASH_DIGITS);
    int room = LONGEST - HASH_DIGITS - 1;
    String head = safe.length() > room ? safe.substring(0, room).replaceAll("-+$", "") : safe;
    return head.isEmpty() ? "x-" + hash : head + "-" + hash;
  }
}
