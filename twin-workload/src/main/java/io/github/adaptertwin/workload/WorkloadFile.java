package io.github.adaptertwin.workload;

import com.google.gson.stream.JsonWriter;
import io.github.adaptertwin.core.input.JsonInput;
import io.github.adaptertwin.core.input.MalformedInputException;
import io.github.adaptertwin.core.input.WholeFile;
import io.github.adaptertwin.workload.length.CoupledLengths;
import io.github.adaptertwin.workload.length.FixedLengths;
import io.github.adaptertwin.workload.length.LengthLaw;
import io.github.adaptertwin.workload.length.PooledLengths;
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

/**
 * The JSON form of workloads; {@code docs/workload-file.md} documents it.
 *
 * @param workload the workload
 * @param lengths how its lengths are written
 */
public record WorkloadFile(Workload workload, Lengths lengths) {
  static final int SCHEMA_VERSION = 2;

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

    /**
     * {@code "law": "coupled"}.
     *
     * @param parameters what the file says
     * @param law the tabulated law
     */
    record Coupled(CoupledLengths parameters, LengthLaw law) implements Lengths {}

    /**
     * {@code "law": "rows"}.
     *
     * @param law the law that draws rows
     */
    record Rows(PooledLengths law) implements Lengths {}
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
    return WorkloadReader.read(JsonInput.of(source, text));
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

  /**
   * {@return the workload as a JSON text that {@link #read} accepts, in the newest version of the
   * format}
   *
   * @throws IllegalStateException if the workload is a recording, which is written as a trace
   */
  public String toJson() {
    if (workload.isRecorded()) {
      throw new IllegalStateException(
          "a recording is no workload file; write its requests as a trace");
    }
    StringWriter text = new StringWriter();
    try (JsonWriter json = new JsonWriter(text)) {
      json.setIndent("  ");
      json.beginObject();
      json.name("schemaVersion").value(SCHEMA_VERSION);
      json.name("baseModel").value(workload.baseModel());
      json.name("horizonSeconds").value(workload.horizonSeconds());
      json.name("lengths");
      LengthLawJson.write(lengths, json);
      if (workload.baseModelArrivals().isPresent()) {
        json.name("baseModelArrivals");
        ArrivalLawJson.write(workload.baseModelArrivals().get(), json);
      }
      json.name("adapters").beginArray();
      for (AdapterTraffic traffic : workload.adapters()) {
        json.beginObject();
        json.name("id").value(traffic.adapter().id());
        json.name("rank").value(traffic.adapter().rank());
        if (traffic.arrivals().isPoisson()) {
          json.name("ratePerSecond").value(traffic.ratePerSecond());
        } else {
          // Without a rate beside it the law is taken as it stands, to the bit.
          json.name("arrivals");
          ArrivalLawJson.write(traffic.arrivals(), json);
        }
        json.endObject();
      }
      json.endArray();
      json.endObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text + "\n";
  }
}
