package io.github.adaptertwin.workload.observed;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.input.MalformedInputException;
import io.github.adaptertwin.core.input.SourceLocation;
import io.github.adaptertwin.core.input.TextLines;
import io.github.adaptertwin.core.input.VisibleText;
import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.core.request.RequestCursor;
import io.github.adaptertwin.core.request.RequestTrace;
import io.github.adaptertwin.core.time.SimulatedTime;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.length.LengthLaw;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Requests in the log of a vLLM server: the lines with {@code Received request}, which it writes
 * when request logging is on. They tell the time (to the second, as a rule), the adapter by {@code
 * lora_name}, the largest output allowed by {@code max_tokens} and, in the versions that log them,
 * the tokens of the prompt. The real output is not in them. All other lines are passed over and
 * counted. Immutable and thread-safe.
 */
public final class VllmRequestLog {
  private static final String MARK = "Received request ";
  private static final Pattern TIME =
      Pattern.compile(
          "(?:(\\d{4})-)?(\\d{2})-(\\d{2})[ T](\\d{2}):(\\d{2}):(\\d{2})(?:[.,](\\d{1,6}))?");
  private static final Pattern MAX_TOKENS = Pattern.compile("[( ]max_tokens=(\\d{1,8})[,)]");
  private static final Pattern ADAPTER = Pattern.compile("lora_name='([^']+)'");
  private static final String TOKEN_IDS = "prompt_token_ids: ";
  private static final String LORA = "lora_request: ";

  /** Lines without a year are taken for a leap year, so that every date exists. */
  private static final int SOME_LEAP_YEAR = 2024;

  /**
   * A request of the log.
   *
   * @param seconds time from the first request
   * @param adapter its adapter; empty for the base model
   * @param inputTokens tokens of its prompt, 0 if the log does not tell
   * @param maxTokens most tokens that it may generate, 0 if the log does not tell
   */
  public record LoggedRequest(double seconds, String adapter, int inputTokens, int maxTokens) {}

  private final ImmutableList<LoggedRequest> requests;
  private final long otherLines;
  private final boolean wholeSeconds;

  private VllmRequestLog(
      ImmutableList<LoggedRequest> requests, long otherLines, boolean wholeSeconds) {
    this.requests = requests;
    this.otherLines = otherLines;
    this.wholeSeconds = wholeSeconds;
  }

  /**
   * Reads a file.
   *
   * @param file UTF-8 text
   * @return its requests
   * @throws MalformedInputException if a request line has no time or there is no request line
   * @throws IOException if the file cannot be read
   */
  public static VllmRequestLog read(Path file) throws IOException {
    try (Reader text = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      return read(String.valueOf(file.getFileName()), text);
    }
  }

  /**
   * Reads a text.
   *
   * @param source its name in messages
   * @param text the text; not closed
   * @return its requests
   * @throws MalformedInputException if a request line has no time or there is no request line
   * @throws IOException if the text cannot be read
   */
  public static VllmRequestLog read(String source, Reader text) throws IOException {
    TextLines lines = new TextLines(source, text);
    Clock clock = new Clock();
    List<LoggedRequest> found = new ArrayList<>();
    for (String line = lines.next(); line != null; line = lines.next()) {
      int mark = line.indexOf(MARK);
      if (mark >= 0) {
        double second = clock.second(line.substring(0, mark));
        if (Double.isNaN(second)) {
          throw new MalformedInputException(
              new SourceLocation(source, lines.number(), 1),
              "the request line has no time like 11-24 10:15:30 before '" + MARK.trim() + "'");
        }
        found.add(request(second, line.substring(mark)));
      }
    }
    if (found.isEmpty()) {
      throw new MalformedInputException(
          SourceLocation.of(source),
          "there is no line with '"
              + MARK.trim()
              + "' among "
              + lines.number()
              + "; turn request logging on in the server");
    }
    // Several threads write the log, so neighbours may have changed places; the sort is stable.
    found.sort((a, b) -> Double.compare(a.seconds(), b.seconds()));
    double first = found.get(0).seconds();
    ImmutableList<LoggedRequest> requests =
        found.stream()
            .map(
                r ->
                    new LoggedRequest(
                        r.seconds() - first, r.adapter(), r.inputTokens(), r.maxTokens()))
            .collect(ImmutableList.toImmutableList());
    return new VllmRequestLog(requests, lines.number() - found.size(), clock.wholeSeconds);
  }

  /** What is behind the prompt is found from the end, since a prompt may hold any words. */
  private static LoggedRequest request(double second, String line) {
    int lora = line.lastIndexOf(LORA);
    Matcher adapter = ADAPTER.matcher(lora < 0 ? "" : line.substring(lora));
    int ids = lora < 0 ? -1 : line.lastIndexOf(TOKEN_IDS, lora);
    int input = 0;
    if (ids >= 0 && line.startsWith("[", ids + TOKEN_IDS.length())) {
      int close = line.indexOf(']', ids);
      String list = line.substring(ids + TOKEN_IDS.length() + 1, close < 0 ? lora : close);
      input = list.isBlank() ? 0 : 1 + (int) list.chars().filter(c -> c == ',').count();
    }
    int parameters = line.lastIndexOf("params: SamplingParams(", ids < 0 ? line.length() : ids);
    Matcher most = MAX_TOKENS.matcher(parameters < 0 ? "" : line.substring(parameters));
    return new LoggedRequest(
        second,
        adapter.find() ? adapter.group(1) : "",
        input,
        most.find() ? Integer.parseInt(most.group(1)) : 0);
  }

  /** {@return the requests in order of time; unmodifiable} */
  public List<LoggedRequest> requests() {
    return requests;
  }

  /** {@return number of lines that are about something else} */
  public long otherLines() {
    return otherLines;
  }

  /**
   * Makes a workload that replays the log. Where times are whole seconds, requests are spread
   * evenly at random over their second. Inputs are those of the log where it tells them; what it
   * does not tell is drawn from a law, outputs not above {@code max_tokens}.
   *
   * @param baseModel name of the base model
   * @param rankOf rank by adapter; every adapter of the log must have one
   * @param lengths law of what the log does not tell
   * @param seed decides times within seconds and lengths
   * @return the workload; its horizon ends one mean gap behind the last request
   * @throws IllegalArgumentException if an adapter has no rank, or no request names one
   */
  public Workload workload(
      String baseModel, Map<String, Integer> rankOf, LengthLaw lengths, long seed) {
    Map<String, Integer> rows = new LinkedHashMap<>();
    Map<String, Integer> counts = new LinkedHashMap<>();
    for (LoggedRequest r : requests) {
      if (!r.adapter().isEmpty()) {
        rows.putIfAbsent(r.adapter(), rows.size());
        counts.merge(r.adapter(), 1, Integer::sum);
      }
    }
    RandomStreams streams = new RandomStreams(seed);
    long[] times = times(streams.stream("log/times", 0));
    int n = requests.size();
    double last = SimulatedTime.toSeconds(times[n - 1]);
    double horizon = Math.max(1, Math.min(SimulatedTime.MAX_SECONDS, last * (n + 1) / n));
    List<AdapterTraffic> traffic = new ArrayList<>();
    for (Map.Entry<String, Integer> count : counts.entrySet()) {
      Integer rank = rankOf.get(count.getKey());
      if (rank == null) {
        throw new IllegalArgumentException(
            "no rank is given for adapter '"
                + VisibleText.of(count.getKey())
                + "'; the log does not tell ranks");
      }
      LoraAdapter adapter = new LoraAdapter(count.getKey(), rank);
      traffic.add(new AdapterTraffic(adapter, count.getValue() / horizon));
    }
    RandomStream pairs = streams.stream("log/lengths", 0);
    RequestTrace.Builder trace = RequestTrace.builder(traffic.size());
    for (int i = 0; i < n; i++) {
      LoggedRequest r = requests.get(i);
      long pair = lengths.draw(pairs);
      int output = LengthLaw.output(pair);
      trace.add(
          times[i],
          rows.getOrDefault(r.adapter(), RequestCursor.BASE_MODEL),
          r.inputTokens() > 0 ? r.inputTokens() : LengthLaw.input(pair),
          r.maxTokens() > 0 ? Math.min(output, r.maxTokens()) : output);
    }
    return Workload.recorded(baseModel, traffic, lengths, horizon, trace.build());
  }

  private long[] times(RandomStream stream) {
    return requests.stream()
        .mapToLong(
            r -> SimulatedTime.toPicos(r.seconds() + (wholeSeconds ? stream.nextDouble() : 0)))
        .sorted()
        .toArray();
  }

  /** Turns timestamps into seconds; a year that is not written begins when the month falls. */
  private static final class Clock {
    private int year = SOME_LEAP_YEAR;
    private int lastMonth;
    private boolean wholeSeconds = true;

    double second(String text) {
      Matcher m = TIME.matcher(text);
      if (!m.find()) {
        return Double.NaN;
      }
      try {
        int month = Integer.parseInt(m.group(2));
        LocalDateTime time =
            LocalDateTime.of(
                m.group(1) == null ? yearOf(month) : Integer.parseInt(m.group(1)),
                month,
                Integer.parseInt(m.group(3)),
                Integer.parseInt(m.group(4)),
                Integer.parseInt(m.group(5)),
                Integer.parseInt(m.group(6)));
        double seconds = time.toEpochSecond(ZoneOffset.UTC);
        if (m.group(7) != null) {
          wholeSeconds = false;
          seconds += Double.parseDouble("0." + m.group(7));
        }
        return seconds;
      } catch (DateTimeException e) {
        return Double.NaN;
      }
    }

    private int yearOf(int month) {
      // Threads change places: a line of December behind one of January is of the old year.
      if (year > SOME_LEAP_YEAR && month > lastMonth + 6) {
        return year - 1;
      }
      if (month < lastMonth - 6) {
        year++;
      }
      lastMonth = month;
      return year;
    }
  }
}
