package io.github.adaptertwin.workload.observed;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.adaptertwin.core.input.MalformedInputException;
import io.github.adaptertwin.core.input.SourceLocation;
import io.github.adaptertwin.core.input.TextLines;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What a metrics endpoint answered once: samples in Prometheus' text exposition format 0.0.4
 * ({@code name{label="value"} number [timestamp]}; lines that begin with {@code #} say nothing
 * about values). Immutable and thread-safe.
 */
public final class MetricsSnapshot {
  /**
   * One sample.
   *
   * @param name name of the metric, with the suffixes of histograms
   * @param labels values by label; unmodifiable
   * @param value any number, NaN and infinite ones included
   */
  public record Sample(String name, Map<String, String> labels, double value) {
    /** Takes an unmodifiable copy of the labels. */
    public Sample {
      labels = ImmutableMap.copyOf(labels);
    }
  }

  private final ImmutableList<Sample> samples;

  private MetricsSnapshot(ImmutableList<Sample> samples) {
    this.samples = samples;
  }

  /**
   * Reads a file.
   *
   * @param file UTF-8 text
   * @return its samples
   * @throws MalformedInputException if a line is no sample; the message names file, line and column
   * @throws IOException if the file cannot be read
   */
  public static MetricsSnapshot read(Path file) throws IOException {
    try (Reader text = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      return read(String.valueOf(file.getFileName()), text);
    }
  }

  /**
   * Reads a text.
   *
   * @param source its name in messages
   * @param text the text; not closed
   * @return its samples
   * @throws MalformedInputException if a line is no sample
   * @throws IOException if the text cannot be read
   */
  public static MetricsSnapshot read(String source, Reader text) throws IOException {
    TextLines lines = new TextLines(source, text);
    ImmutableList.Builder<Sample> samples = ImmutableList.builder();
    for (String line = lines.next(); line != null; line = lines.next()) {
      String trimmed = line.trim();
      if (!trimmed.isEmpty() && !trimmed.startsWith("#")) {
        samples.add(new Line(source, lines.number(), line).sample());
      }
    }
    return new MetricsSnapshot(samples.build());
  }

  /** {@return all samples in order; unmodifiable} */
  public List<Sample> samples() {
    return samples;
  }

  /** {@return samples of one metric in order; unmodifiable} */
  List<Sample> named(String name) {
    return samples.stream()
        .filter(s -> s.name().equals(name))
        .collect(ImmutableList.toImmutableList());
  }

  /** Reads one line from left to right. */
  private static final class Line {
    private final String source;
    private final long number;
    private final String line;
    private int at;

    Line(String source, long number, String line) {
      this.source = source;
      this.number = number;
      this.line = line;
    }

    Sample sample() {
      blanks();
      String name = word();
      ImmutableMap.Builder<String, String> labels = ImmutableMap.builder();
      blanks();
      if (at < line.length() && line.charAt(at) == '{') {
        at++;
        labels(labels);
      }
      blanks();
      int begin = at;
      while (at < line.length() && line.charAt(at) > ' ') {
        at++;
      }
      double value = number(line.substring(begin, at), begin);
      blanks();
      while (at < line.length() && (Character.isDigit(line.charAt(at)) || line.charAt(at) == '-')) {
        at++;
      }
      blanks();
      if (at < line.length()) {
        throw malformed("text follows the value; expected a timestamp or nothing");
      }
      return new Sample(name, labels.buildKeepingLast(), value);
    }

    private void blanks() {
      while (at < line.length() && (line.charAt(at) == ' ' || line.charAt(at) == '\t')) {
        at++;
      }
    }

    private String word() {
      int begin = at;
      while (at < line.length() && isPartOfName(line.charAt(at))) {
        at++;
      }
      if (at == begin) {
        throw malformed("expected a name of letters, digits, '_' and ':'");
      }
      return line.substring(begin, at);
    }

    private static boolean isPartOfName(char c) {
      return (c >= 'a' && c <= 'z')
          || (c >= 'A' && c <= 'Z')
          || (c >= '0' && c <= '9')
          || c == '_'
          || c == ':';
    }

    private void labels(ImmutableMap.Builder<String, String> labels) {
      while (true) {
        blanks();
        if (at < line.length() && line.charAt(at) == '}') {
          at++;
          return;
        }
        String name = word();
        blanks();
        expect('=');
        blanks();
        expect('"');
        labels.put(name, quoted());
        blanks();
        if (at < line.length() && line.charAt(at) == ',') {
          at++;
        }
      }
    }

    private void expect(char c) {
      if (at >= line.length() || line.charAt(at) != c) {
        throw malformed("expected " + c + " in the labels");
      }
      at++;
    }

    private String quoted() {
      StringBuilder value = new StringBuilder();
      while (at < line.length()) {
        char c = line.charAt(at++);
        if (c == '"') {
          return value.toString();
        }
        if (c == '\\' && at < line.length()) {
          char escaped = line.charAt(at++);
          value.append(escaped == 'n' ? '\n' : escaped);
        } else {
          value.append(c);
        }
      }
      throw malformed("the quote of a label's value is not closed");
    }

    private double number(String text, int begin) {
      switch (text) {
        case "+Inf", "Inf" -> {
          return Double.POSITIVE_INFINITY;
        }
        case "-Inf" -> {
          return Double.NEGATIVE_INFINITY;
        }
        default -> {
          try {
            return Double.parseDouble(text);
          } catch (NumberFormatException e) {
            at = begin;
            throw malformed("value is '" + text + "', expected a number");
          }
        }
      }
    }

    private MalformedInputException malformed(String problem) {
      return new MalformedInputException(new SourceLocation(source, number, at + 1L), problem);
    }
  }
}
