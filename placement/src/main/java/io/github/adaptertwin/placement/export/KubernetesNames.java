package io.github.adaptertwin.placement.export;

import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Pattern;

/** Makes names that Kubernetes accepts out of any text. */
final class KubernetesNames {
  /** Longest label value and longest name that every object accepts. */
  private static final int LONGEST = 63;

  private static final int HASH_DIGITS = 8;

  /** What a label may say, and what is not empty. */
  private static final Pattern LABEL_VALUE =
      Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?");

  private KubernetesNames() {}

  /**
   * A DNS label of RFC 1035: lower case letters, digits and hyphens, a letter first, at most 63;
   * Services, which controllers name after their objects, accept no other. Text that is one already
   * stays as it is; any other gets a hash of the original, so that two texts never share a name.
   */
  static String of(String text) {
    String safe =
        text.toLowerCase(Locale.ROOT)
            .replaceAll("[^a-z0-9-]+", "-")
            .replaceAll("^-+", "")
            .replaceAll("-+$", "");
    if (!safe.isEmpty() && !Character.isLetter(safe.charAt(0))) {
      safe = "x-" + safe;
    }
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

  /** {@return the text where it may be the value of a label, otherwise a name made out of it} */
  static String labelValueOf(String text) {
    return text.length() <= LONGEST && LABEL_VALUE.matcher(text).matches() ? text : of(text);
  }
}
