package io.github.adaptertwin.placement.cli;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.input.VisibleText;
import io.github.adaptertwin.placement.export.ExportFormat;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The spellings of export formats, and the word for all of them. */
final class FormatNames {
  private static final String ALL = "all";

  private FormatNames() {}

  /**
   * {@return the formats in the order in which they were named, each once}
   *
   * @throws IllegalArgumentException if a name is not known; the message lists those that are
   */
  static List<ExportFormat> parse(List<String> names) {
    Set<ExportFormat> formats = new LinkedHashSet<>();
    for (String name : names) {
      if (name.equalsIgnoreCase(ALL)) {
        formats.addAll(List.of(ExportFormat.values()));
      } else {
        formats.add(one(name));
      }
    }
    return ImmutableList.copyOf(formats);
  }

  private static ExportFormat one(String name) {
    return Arrays.stream(ExportFormat.values())
        .filter(f -> f.spelling().equals(name.toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no format '"
                        + VisibleText.of(name)
                        + "' to --export; known are "
                        + Arrays.stream(ExportFormat.values()).map(ExportFormat::spelling).toList()
                        + " and "
                        + ALL));
  }
}
