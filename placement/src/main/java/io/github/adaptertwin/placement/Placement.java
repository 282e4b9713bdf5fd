package io.github.adaptertwin.placement;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.input.WholeFile;
import io.github.adaptertwin.placement.bound.LowerBound;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Who goes where, and how each engine is started.
 *
 * @param baseModel the base model that all GPUs serve
 * @param gpus the GPUs that are needed, at least one
 * @param bound GPUs below which no plan can serve the workload
 * @param assessments candidates that were judged on the way, a measure of effort
 * @param truncated whether the search ended because its effort or its time was spent: a plan with
 *     fewer GPUs may have been found with more
 * @param extrapolated what was never measured and so rests on data sheets alone, in words; empty if
 *     all was measured
 */
public record Placement(
    String baseModel,
    List<GpuLoad> gpus,
    LowerBound bound,
    long assessments,
    boolean truncated,
    List<String> extrapolated)
    implements PlacementResult {

  /** Takes unmodifiable copies of the lists. */
  public Placement {
    gpus = ImmutableList.copyOf(gpus);
    extrapolated = ImmutableList.copyOf(extrapolated);
  }

  /**
   * {@return by which share the number of GPUs is above the lower bound; at 0 the plan is optimal
   * if the capacity behind the bound holds}
   */
  public double gap() {
    return bound.gap(gpus.size());
  }

  /** {@return input and output tokens per second that all requests ask for} */
  public double offeredTokensPerSecond() {
    return gpus.stream().mapToDouble(g -> g.predicted().offeredTokensPerSecond()).sum();
  }

  /** {@return input and output tokens per second of completed requests, over all GPUs} */
  public double throughputTokensPerSecond() {
    return gpus.stream().mapToDouble(g -> g.predicted().throughputTokensPerSecond()).sum();
  }

  /**
   * Writes the placement.
   *
   * @return a JSON text that {@link #read} accepts; figures that are NaN become null
   */
  public String toJson() {
    return PlacementJson.write(this);
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
   * Reads a file that {@link #write} wrote. Arrivals are Poisson in it: a placement keeps the
   * rates, not the laws.
   *
   * @param file a JSON file
   * @return the placement
   * @throws io.github.adaptertwin.core.input.MalformedInputException if it cannot be used; the
   *     message names file, line, column and value
   * @throws IOException if the file cannot be read
   */
  public static Placement read(Path file) throws IOException {
    try (Reader text = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      return read(String.valueOf(file.getFileName()), text);
    }
  }

  /**
   * Reads a text that {@link #toJson} made.
   *
   * @param source its name in messages
   * @param text a JSON object; not closed
   * @return the placement
   * @throws io.github.adaptertwin.core.input.MalformedInputException if it cannot be used
   */
  public static Placement read(String source, Reader text) {
    return PlacementJson.read(source, text);
  }
}
