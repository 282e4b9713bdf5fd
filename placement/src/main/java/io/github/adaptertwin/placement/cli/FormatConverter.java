package io.github.adaptertwin.placement.cli;

import io.github.adaptertwin.placement.export.ExportFormat;
import java.util.Arrays;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the spelling of an export format. */
final class FormatConverter implements ITypeConverter<ExportFormat> {
  @Override
  public ExportFormat convert(String value) {
    return Arrays.stream(ExportFormat.values())
        .filter(f -> f.spelling().equals(value.toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(
            () ->
                new TypeConversionException(
                    "there is no format '"
                        + value
                        + "'; known are "
                        + Arrays.stream(ExportFormat.values())
                            .map(ExportFormat::spelling)
                            .toList()));
  }
}
