package io.github.adaptertwin.placement.cli;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.WorkloadFile;
import io.github.adaptertwin.workload.trace.AdapterMapping;
import io.github.adaptertwin.workload.trace.ClientMapping;
import io.github.adaptertwin.workload.trace.RecordedRequests;
import io.github.adaptertwin.workload.trace.Trace;
import io.github.adaptertwin.workload.trace.ZipfMapping;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** Where a command's workload comes from: a workload file, a trace, or the built-in example. */
final class WorkloadInput {
  /** Stands for standard input. */
  static final String STANDARD_INPUT = "-";

  private static final String MODEL = "llama-3.1-8b-instruct";
  private static final int ADAPTERS = 64;
  private static final double ALPHA = 0.92;
  private static final ImmutableList<Integer> RANKS = ImmutableList.of(8, 16);

  @ArgGroup private @Nullable Source source;

  /** One of the two. */
  static final class Source {
    @Option(
        names = {"-w", "--workload"},
        paramLabel = "FILE.json",
        description =
            "Workload file (docs/workload-file.md), - for standard input; default: the built-in"
                + " example.")
    @Nullable Path workload;

    @Option(
        names = {"-t", "--trace"},
        paramLabel = "FILE[.gz]",
        description =
            "Recorded requests, - for standard input: Azure LLM, BurstGPT, Mooncake, or"
                + " arrival_s,adapter,input_tokens,output_tokens (the format is told by the first"
                + " line). Where the trace names adapters or clients, these are the adapters;"
                + " else requests go to Zipf distributed ones.")
    @Nullable Path trace;
  }

  // What only a trace leaves open: null where it was not given.

  @Option(
      names = "--model",
      paramLabel = "NAME",
      description = "Base model of a trace (default: " + MODEL + ").")
  private @Nullable String model;

  @Option(
      names = "--adapters",
      paramLabel = "N",
      description = "Adapters of a trace that names none (default: " + ADAPTERS + ").")
  private @Nullable Integer adapters;

  @Option(
      names = "--alpha",
      paramLabel = "X",
      description = "Zipf exponent of these adapters (default: " + ALPHA + ").")
  private @Nullable Double alpha;

  @Option(
      names = "--ranks",
      paramLabel = "R,R",
      split = ",",
      description = "Ranks dealt to a trace's adapters (default: 8,16).")
  private @Nullable List<Integer> ranks;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Seed of all generated requests (default: ${DEFAULT-VALUE}).")
  private long seed;

  long seed() {
    return seed;
  }

  /**
   * Reads the workload.
   *
   * @throws IllegalArgumentException if an option is given that only a trace leaves open, without
   *     one: what it says would be ignored
   */
  Workload read() throws IOException {
    if (source == null || source.trace == null) {
      forTracesOnly("--model", model, "; a workload file names its model as baseModel");
      forTracesOnly("--adapters", adapters, "; a workload file lists its adapters");
      forTracesOnly("--alpha", alpha, "; a workload file has a popularity");
      forTracesOnly("--ranks", ranks, "; a workload file has its adapters' ranks");
    }
    if (source != null && source.workload != null) {
      return isStandardInput(source.workload)
          ? WorkloadFile.read(
                  "standard input", new InputStreamReader(System.in, StandardCharsets.UTF_8))
              .workload()
          : WorkloadFile.read(source.workload).workload();
    }
    if (source != null && source.trace != null) {
      return withFile(source.trace, file -> mapped(Trace.of(file).read()));
    }
    return WorkloadFile.embeddedExample().workload();
  }

  private Workload mapped(RecordedRequests requests) {
    AdapterMapping mapping =
        requests.clients().isEmpty()
            ? new ZipfMapping(or(adapters, ADAPTERS), or(alpha, ALPHA), or(ranks, RANKS), seed)
            : new ClientMapping(or(ranks, RANKS));
    return mapping.apply(or(model, MODEL), requests);
  }

  private static <T> T or(@Nullable T given, T usual) {
    return given == null ? usual : given;
  }

  private static void forTracesOnly(String option, @Nullable Object given, String instead) {
    if (given != null) {
      throw new IllegalArgumentException(
          option + " is for traces only, and there is no --trace" + instead);
    }
  }

  private static boolean isStandardInput(Path path) {
    return path.toString().equals(STANDARD_INPUT);
  }

  /** What is done with a file. */
  @FunctionalInterface
  interface FileUse<T> {
    T use(Path file) throws IOException;
  }

  /** Uses a file; standard input becomes a temporary file first, since traces are read twice. */
  static <T> T withFile(Path path, FileUse<T> use) throws IOException {
    if (!isStandardInput(path)) {
      return use.use(path);
    }
    Path copy = Files.createTempFile("standard-input", ".trace");
    try {
      Files.copy(System.in, copy, StandardCopyOption.REPLACE_EXISTING);
      return use.use(copy);
    } finally {
      Files.deleteIfExists(copy);
    }
  }
}
