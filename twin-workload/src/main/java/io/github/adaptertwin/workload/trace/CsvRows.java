package io.github.adaptertwin.workload.trace;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.input.MalformedInputException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Requests of the CSV formats. Fields are read in place, since a string for each would cost more
 * than all else; a quoted field is unquoted first.
 */
final class CsvRows extends RowCursor {
  private static final ImmutableList<String> AZURE =
      ImmutableList.of("TIMESTAMP", "ContextTokens", "GeneratedTokens");
  private static final ImmutableList<String> BURST =
      ImmutableList.of("Timestamp", "Request tokens", "Response tokens");
  private static final ImmutableList<String> CLIENTS =
      ImmutableList.of("t_s", "input_tokens", "output_tokens", "client_id");
  private static final ImmutableList<String> OWN =
      ImmutableList.of("arrival_s", "input_tokens", "output_tokens", "adapter");

  private static final int TIME = 0;
  private static final int INPUT = 1;
  private static final int OUTPUT = 2;
  private static final int CLIENT = 3;

  private final TraceFormat format;
  private final ImmutableList<String> names;

  /** For each column of the file what it is, or -1. */
  private final int[] roleOf;

  private final int[] from = new int[4];
  private final int[] to = new int[4];
  private final FieldText field = new FieldText();
  private final UtcTime utc = new UtcTime();
  private final ClientNames clients = new ClientNames();

  CsvRows(TraceFormat format, TraceLines lines, BadLines badLines) throws IOException {
    super(lines, badLines);
    this.format = format;
    if (!lines.next()) {
      throw lines.malformed(0, "the file is empty; is it the right one?");
    }
    List<String> header = split(lines.text());
    ImmutableList.Builder<String> roles = ImmutableList.builder();
    roles.addAll(columnsOf(format));
    if (format == TraceFormat.BURST_GPT) {
      roles.add(header.contains("Session ID") ? "Session ID" : "Model");
    }
    names = roles.build();
    roleOf = new int[header.size()];
    Arrays.fill(roleOf, -1);
    for (int role = 0; role < names.size(); role++) {
      int column = header.indexOf(names.get(role));
      if (column < 0) {
        throw lines.malformed(
            1,
            "the header is "
                + String.join(",", header)
                + ", expected "
                + String.join(",", names)
                + " in it");
      }
      roleOf[column] = role;
    }
  }

  private static ImmutableList<String> columnsOf(TraceFormat format) {
    return switch (format) {
      case AZURE_LLM -> AZURE;
      case BURST_GPT -> BURST;
      case CLIENT_ROWS -> CLIENTS;
      case CSV -> OWN;
      case MOONCAKE, JSONL -> ImmutableList.of();
    };
  }

  static boolean isHeaderOf(TraceFormat format, String header) {
    ImmutableList<String> columns = columnsOf(format);
    return !columns.isEmpty() && split(header).containsAll(columns);
  }

  private static List<String> split(String header) {
    List<String> names = new ArrayList<>();
    int begin = 0;
    while (begin <= header.length()) {
      int comma = header.indexOf(',', begin);
      int stop = comma < 0 ? header.length() : comma;
      String name = header.substring(begin, stop).trim();
      boolean quoted = name.length() > 1 && name.startsWith("\"") && name.endsWith("\"");
      names.add(quoted ? name.substring(1, name.length() - 1) : name);
      begin = stop + 1;
    }
    return names;
  }

  @Override
  boolean row() {
    findFields();
    int in = tokens(INPUT, 1);
    int out = tokens(OUTPUT, format == TraceFormat.BURST_GPT ? 0 : 1);
    long time = time();
    if (isBeforeLast(time)) {
      throw malformed(TIME, "time", "is before the one of the line above; sort the trace by time");
    }
    if (out == 0) {
      passed(time);
      return false;
    }
    take(time, in, out, names.size() > CLIENT ? clientName() : "");
    return true;
  }

  private String clientName() {
    field.set(lines.bytes(), from[CLIENT], to[CLIENT]);
    return clients.name(field.bytes(), field.from(), field.to());
  }

  /** Finds where the fields that are needed begin and end. */
  private void findFields() {
    byte[] b = lines.bytes();
    int end = lines.end();
    int at = lines.start();
    int column = 0;
    while (true) {
      int begin = at;
      if (at < end && b[at] == '"') {
        at = closingQuote(b, at, end);
      }
      at = ByteScan.indexOf(b, at, end, ',');
      if (column < roleOf.length && roleOf[column] >= 0) {
        from[roleOf[column]] = begin;
        to[roleOf[column]] = at;
      }
      column++;
      if (at == end) {
        break;
      }
      at++;
    }
    if (column != roleOf.length) {
      throw lines.malformed(1, "the line has " + column + " columns, the header " + roleOf.length);
    }
  }

  private int closingQuote(byte[] b, int open, int end) {
    int at = open + 1;
    while (at < end) {
      if (b[at] != '"') {
        at++;
      } else if (at + 1 < end && b[at + 1] == '"') {
        at += 2;
      } else {
        return at + 1;
      }
    }
    throw lines.malformed(
        1 + open - lines.start(), "the quote is not closed; fields must not span lines");
  }

  private long time() {
    field.set(lines.bytes(), from[TIME], to[TIME]);
    if (format == TraceFormat.AZURE_LLM) {
      long time = utc.picos(field.bytes(), field.from(), field.to());
      if (time == UtcTime.NONE) {
        throw malformed(TIME, "time", "expected UTC like 2023-11-16 18:15:46.6805900");
      }
      if (time == UtcTime.TOO_FAR) {
        throw malformed(TIME, "time", "is before the first or more than 106 days after it");
      }
      return time;
    }
    long time = Decimals.picos(field.bytes(), field.from(), field.to());
    if (time < 0) {
      throw malformed(TIME, "time", "must be seconds in [0, 9.2e6]");
    }
    return time;
  }

  private int tokens(int role, int least) {
    field.set(lines.bytes(), from[role], to[role]);
    int tokens = Decimals.tokens(field.bytes(), field.from(), field.to());
    if (tokens < least) {
      throw malformed(
          role,
          names.get(role),
          "must be a whole number in ["
              + least
              + ", "
              + Decimals.MOST_TOKENS
              + "]; leave requests without tokens out");
    }
    return tokens;
  }

  private MalformedInputException malformed(int role, String what, String rule) {
    return lines.malformed(
        1 + from[role] - lines.start(),
        what + " is '" + lines.text(from[role], to[role]) + "', " + rule);
  }

  /** A field without its quotes and the blanks around it. */
  private static final class FieldText {
    private byte[] bytes = {};
    private int from;
    private int to;

    void set(byte[] line, int begin, int end) {
      bytes = line;
      from = begin;
      to = end;
      while (from < to && line[from] == ' ') {
        from++;
      }
      while (from < to && line[to - 1] == ' ') {
        to--;
      }
      if (to - from > 1 && line[from] == '"') {
        unquote(line);
      }
    }

    private void unquote(byte[] line) {
      byte[] plain = new byte[to - from];
      int n = 0;
      for (int i = from + 1; i < to - 1; i++) {
        plain[n++] = line[i];
        if (line[i] == '"') {
          i++;
        }
      }
      bytes = plain;
      from = 0;
      to = n;
    }

    byte[] bytes() {
      return bytes;
    }

    int from() {
      return from;
    }

    int to() {
      return to;
    }
  }
}
