package io.github.adaptertwin.workload;

import com.google.common.collect.ImmutableList;
import com.google.gson.stream.JsonWriter;
import io.github.adaptertwin.core.input.JsonInput;
import io.github.adaptertwin.core.input.MalformedInputException;
import io.github.adaptertwin.core.input.WholeFile;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.workload.length.FixedLengths;
import io.github.adaptertwin.workload.length.LengthLaw;
import io.github.adaptertwin.workload.length.TruncatedGammaPair;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The JSON form of workloads; {@code docs/workload-file.md} documents it.
 *
 * @param workload the workload
 * @param lengths how its lengths are written
 */
public record WorkloadFile(Workload workload, Lengths lengths) {
  private static final int SCHEMA_VERSION = 1;
  private static final int LONGEST = 10_000_000;

  /** How the lengths of a workload are written in a file. */
  public sealed interface Lengths {
    /** {@return the law that is drawn from} */
    LengthLaw law();

    /**
     * {@code "law": "fixed"}.
     *
     * @param law the law
     */
    record Fixed(FixedLengths law) implements Lengths {}

    /**
     * {@code "law": "truncatedGamma"}.
     *
     * @param parameters what the file says
     * @param law the tabulated law
     */
    record Gamma(TruncatedGammaPair parameters, LengthLaw law) implements Lengths {}
  }

  /**
   * The example that the jar brings along: 96 adapters of ranks 8 and 16 on Llama-3.1-8B, .1, .05
   * and .025 requests per second, ShareGPT lengths, one hour.
   *
   * @return the example
   */
  public static WorkloadFile embeddedExample() {
    String name = "example-workload.json";
    InputStream stream = WorkloadFile.class.getResourceAsStream(name);
    if (stream == null) {
      throw new IllegalStateException("the jar lacks its resource " + name);
    }
    try (Reader text = new InputStreamReader(stream, StandardCharsets.UTF_8)) {
      return read(name, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads a file.
   *
   * @param file a JSON file
   * @return its workload
   * @throws MalformedInputException if the file cannot be used; the message names file, line,
   *     column and value
   * @throws IOException if the file cannot be read
   */
  public static WorkloadFile read(Path file) throws IOException {
    try (Reader text = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      return read(String.valueOf(file.getFileName()), text);
    }
  }

  /**
   * Reads a text.
   *
   * @param source its name in messages
   * @param text a JSON object; not closed
   * @return its workload
   * @throws MalformedInputException if the text cannot be used; the message names line, column and
   *     value
   */
  public static WorkloadFile read(String source, Reader text) {
    return new WorkloadReader(JsonInput.of(source, text)).read();
  }

  /**
   * Writes a file, whole or not at all.
   *
   * @param file to create or replace
   * @throws IOException if it cannot be written
   */
  public void write(Path file) throws IOException {
    WholeFile.writeText(file, toJson());
  }

  /** {@return the workload as a JSON text that {@link #read} accepts} */
  public String toJson() {
    StringWriter text = new StringWriter();
    try (JsonWriter json = new JsonWriter(text)) {
      json.setIndent("  ");
      json.beginObject();
      json.name("schemaVersion").value(SCHEMA_VERSION);
      json.name("baseModel").value(workload.baseModel());
      json.name("horizonSeconds").value(workload.horizonSeconds());
      json.name("lengths").beginObject();
      writeLengths(json);
      json.endObject();
      json.name("adapters").beginArray();
      for (AdapterTraffic traffic : workload.adapters()) {
        json.beginObject();
        json.name("id").value(traffic.adapter().id());
        json.name("rank").value(traffic.adapter().rank());
        json.name("ratePerSecond").value(traffic.ratePerSecond());
        json.endObject();
      }
      json.endArray();
      json.endObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text + "\n";
  }

  private void writeLengths(JsonWriter json) throws IOException {
    if (lengths instanceof Lengths.Fixed fixed) {
      json.name("law").value("fixed");
      json.name("inputTokens").value(fixed.law().inputTokens());
      json.name("outputTokens").value(fixed.law().outputTokens());
    } else if (lengths instanceof Lengths.Gamma gamma) {
      TruncatedGammaPair p = gamma.parameters();
      json.name("law").value("truncatedGamma");
      json.name("inputMean").value(p.inputMean());
      json.name("inputSd").value(p.inputSd());
      json.name("maxInput").value(p.maxInput());
      json.name("outputMean").value(p.outputMean());
      json.name("outputSd").value(p.outputSd());
      json.name("maxTotal").value(p.maxTotal());
      json.name("correlation").value(p.correlation());
    }
  }

  /** Reads the members in whatever order they come and checks that none is missing or unknown. */
  private static final class WorkloadReader {
    private final JsonInput json;
    private final List<AdapterTraffic> adapters = new ArrayList<>();
    private final Set<String> ids = new LinkedHashSet<>();
    private @Nullable String baseModel;
    private @Nullable Lengths lengths;
    private double horizonSeconds = Double.NaN;
    private boolean versionSeen;

    WorkloadReader(JsonInput json) {
      this.json = json;
    }

    WorkloadFile read() {
      json.beginObject();
      while (json.hasNext()) {
        String name = json.name();
        switch (name) {
          case "schemaVersion" -> version();
          case "baseModel" -> baseModel = json.string();
          case "horizonSeconds" -> horizonSeconds = positive("horizon in seconds", 9.2e6);
          case "lengths" -> lengths = readLengths();
          case "adapters" -> listedAdapters();
          case "dealtAdapters" -> dealtAdapters();
          default ->
              throw json.malformed(
                  "unknown member '"
                      + name
                      + "'; known are schemaVersion, baseModel, horizonSeconds, lengths, adapters,"
                      + " dealtAdapters");
        }
      }
      json.endObject();
      json.endDocument();
      if (!versionSeen) {
        throw json.malformed("schemaVersion is missing; this version reads " + SCHEMA_VERSION);
      }
      if (baseModel == null || lengths == null || Double.isNaN(horizonSeconds)) {
        throw json.malformed("baseModel, horizonSeconds and lengths must all be given");
      }
      try {
        return new WorkloadFile(
            Workload.poisson(baseModel, adapters, lengths.law(), horizonSeconds), lengths);
      } catch (IllegalArgumentException e) {
        throw json.malformed(String.valueOf(e.getMessage()));
      }
    }

    private void version() {
      json.integer(SCHEMA_VERSION, SCHEMA_VERSION);
      versionSeen = true;
    }

    private double positive(String what, double most) {
      double value = json.number();
      if (!(value > 0 && value <= most)) {
        throw json.malformed(what + " is " + value + ", must be in (0, " + most + "]");
      }
      return value;
    }

    private void listedAdapters() {
      json.beginArray();
      while (json.hasNext()) {
        String id = null;
        int rank = 0;
        double rate = 0;
        json.beginObject();
        while (json.hasNext()) {
          String name = json.name();
          switch (name) {
            case "id" -> id = json.string();
            case "rank" -> rank = json.integer(1, LoraAdapter.MAX_RANK);
            case "ratePerSecond" -> rate = positive("rate in requests/s", 1e6);
            default ->
                throw json.malformed(
                    "unknown member '" + name + "'; known are id, rank, ratePerSecond");
          }
        }
        json.endObject();
        if (id == null || rank == 0 || rate == 0) {
          throw json.malformed("an adapter needs id, rank and ratePerSecond");
        }
        add(id, rank, rate);
      }
      json.endArray();
    }

    private void add(String id, int rank, double rate) {
      try {
        if (!ids.add(id)) {
          throw json.malformed("adapter id '" + id + "' is used twice; ids must be unique");
        }
        adapters.add(new AdapterTraffic(new LoraAdapter(id, rank), rate));
      } catch (IllegalArgumentException e) {
        throw json.malformed(String.valueOf(e.getMessage()));
      }
    }

    private void dealtAdapters() {
      String prefix = "adapter-";
      int count = 0;
      List<Integer> ranks = ImmutableList.of();
      List<Double> rates = ImmutableList.of();
      json.beginObject();
      while (json.hasNext()) {
        String name = json.name();
        switch (name) {
          case "idPrefix" -> prefix = json.string();
          case "count" -> count = json.integer(1, LONGEST);
          case "ranks" -> ranks = integers();
          case "ratesPerSecond" -> rates = rates();
          default ->
              throw json.malformed(
                  "unknown member '"
                      + name
                      + "'; known are idPrefix, count, ranks, ratesPerSecond");
        }
      }
      json.endObject();
      if (count == 0 || ranks.isEmpty() || rates.isEmpty()) {
        throw json.malformed("dealtAdapters needs count, ranks and ratesPerSecond");
      }
      for (AdapterTraffic traffic : DealtAdapters.of(prefix, count, ranks, rates)) {
        add(traffic.adapter().id(), traffic.adapter().rank(), traffic.ratePerSecond());
      }
    }

    private List<Integer> integers() {
      List<Integer> values = new ArrayList<>();
      json.beginArray();
      while (json.hasNext()) {
        values.add(json.integer(1, LoraAdapter.MAX_RANK));
      }
      json.endArray();
      return values;
    }

    private List<Double> rates() {
      List<Double> values = new ArrayList<>();
      json.beginArray();
      while (json.hasNext()) {
        values.add(positive("rate in requests/s", 1e6));
      }
      json.endArray();
      return values;
    }

    private Lengths readLengths() {
      String law = "";
      int input = 0;
      int output = 0;
      int maxInput = 1024;
      int maxTotal = 2048;
      double[] gamma = new double[4];
      double correlation = 0;
      json.beginObject();
      while (json.hasNext()) {
        String name = json.name();
        switch (name) {
          case "law" -> law = json.string();
          case "inputTokens" -> input = json.integer(1, LONGEST);
          case "outputTokens" -> output = json.integer(1, LONGEST);
          case "inputMean" -> gamma[0] = positive(name, LONGEST);
          case "inputSd" -> gamma[1] = positive(name, LONGEST);
          case "outputMean" -> gamma[2] = positive(name, LONGEST);
          case "outputSd" -> gamma[3] = positive(name, LONGEST);
          case "maxInput" -> maxInput = json.integer(5, LONGEST);
          case "maxTotal" -> maxTotal = json.integer(6, LONGEST);
          case "correlation" -> correlation = json.number();
          default -> throw json.malformed("unknown member '" + name + "' of lengths");
        }
      }
      json.endObject();
      try {
        return switch (law) {
          case "fixed" -> new Lengths.Fixed(new FixedLengths(input, output));
          case "truncatedGamma" -> {
            TruncatedGammaPair parameters =
                new TruncatedGammaPair(
                    gamma[0], gamma[1], maxInput, gamma[2], gamma[3], maxTotal, correlation);
            yield new Lengths.Gamma(parameters, parameters.pool());
          }
          default ->
              throw json.malformed(
                  "length law is '" + law + "', known are fixed and truncatedGamma");
        };
      } catch (IllegalArgumentException e) {
        throw json.malformed(String.valueOf(e.getMessage()));
      }
    }
  }
}
