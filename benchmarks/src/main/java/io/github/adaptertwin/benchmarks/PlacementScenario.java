package io.github.adaptertwin.benchmarks;

import com.google.gson.Gson;
import com.google.gson.JsonSyntaxException;
import io.github.adaptertwin.core.input.MalformedInputException;
import io.github.adaptertwin.core.input.SourceLocation;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.length.LengthLaw;
import io.github.adaptertwin.workload.length.TruncatedGammaPair;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One line of a file of placement scenarios: adapters, the rates planned on, and those served. */
final class PlacementScenario {
  private static final double HOUR_SECONDS = 3600;
  private static final LengthLaw LLAMA_LENGTHS = TruncatedGammaPair.shareGpt(196.5).pool();
  private static final LengthLaw QWEN_LENGTHS = TruncatedGammaPair.shareGpt(200).pool();

  /** A rate of 0 is one request in a hundred hours, so that the adapter still has to be placed. */
  private static final double LEAST_RATE = 1 / (100 * HOUR_SECONDS);

  final String id;
  final String gpu;
  final int gpusAvailable;

  /** What is planned on. */
  final Workload planned;

  /** What is served after planning: the same unless the file says otherwise. */
  final Workload served;

  private PlacementScenario(Row row) {
    id = row.id;
    gpu = row.gpu;
    gpusAvailable = row.gpus_available;
    planned = workload(row, row.rates_rps);
    served = row.served_rates_rps == null ? planned : workload(row, row.served_rates_rps);
  }

  /** The members of a line, under their names in the file. */
  @SuppressWarnings({"MemberName", "NullAway.Init"})
  private static final class Row {
    String id;
    String model;
    String gpu;
    int gpus_available;
    int[] ranks;
    double[] rates_rps;
    double @Nullable [] served_rates_rps;
  }

  static List<PlacementScenario> read(Path file) throws IOException {
    List<PlacementScenario> scenarios = new ArrayList<>();
    List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
    Gson gson = new Gson();
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).isBlank()) {
        continue;
      }
      SourceLocation location = new SourceLocation(String.valueOf(file.getFileName()), i + 1, 1);
      try {
        Row row = gson.fromJson(lines.get(i), Row.class);
        check(row, location);
        scenarios.add(new PlacementScenario(row));
      } catch (JsonSyntaxException | IllegalArgumentException e) {
        throw new MalformedInputException(location, String.valueOf(e.getMessage()));
      }
    }
    return scenarios;
  }

  private static void check(Row row, SourceLocation location) {
    if (row.id == null
        || row.model == null
        || row.gpu == null
        || row.ranks == null
        || row.rates_rps == null) {
      throw new MalformedInputException(
          location, "id, model, gpu, gpus_available, ranks and rates_rps must all be given");
    }
    if (row.ranks.length != row.rates_rps.length
        || (row.served_rates_rps != null && row.served_rates_rps.length != row.ranks.length)) {
      throw new MalformedInputException(
          location, "ranks, rates_rps and served_rates_rps must be equally long");
    }
    if (row.gpus_available < 1) {
      throw new MalformedInputException(
          location, "gpus_available is " + row.gpus_available + ", must be at least 1");
    }
  }

  private static Workload workload(Row row, double[] rates) {
    List<AdapterTraffic> adapters = new ArrayList<>();
    for (int i = 0; i < rates.length; i++) {
      adapters.add(
          new AdapterTraffic(
              new LoraAdapter("adapter-" + i, row.ranks[i]), Math.max(LEAST_RATE, rates[i])));
    }
    return Workload.poisson(
        row.model,
        adapters,
        row.model.startsWith("qwen") ? QWEN_LENGTHS : LLAMA_LENGTHS,
        HOUR_SECONDS);
  }
}
