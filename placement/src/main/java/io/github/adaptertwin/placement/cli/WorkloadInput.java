package io.github.adaptertwin.placement.cli;

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

  @Option(
      names = "--model",
      paramLabel = "NAME",
      defaultValue = "llama-3.1-8b-instruct",
      description = "Base model of a trace (default: ${DEFAULT-VALUE}).")
  private String model = "";

  @Option(
      names = "--adapters",
      paramLabel = "N",
      defaultValue = "64",
      description = "Adapters of a trace that names none (default: ${DEFAULT-VALUE}).")
  private int adapters;

  @Option(
      names = "--alpha",
      paramLabel = "X",
      defaultValue = "0.92",
      description = "Zipf exponent of these adapters (default: ${DEFAULT-VALUE}).")
  private double alpha;

  @Option(
      names = "--ranks",
      paramLabel = "R,R",
      split = ",",
      defaultValue = "8,16",
      description = "Ranks dealt to a trace's adapters (default: ${DEFAULT-VALUE}).")
  private List<Integer> ranks = List.of();

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Seed of all generated requests (default: ${DEFAULT-VALUE}).")
  private long seed;

  long seed() {
    return seed;
  }

  /** Reads the workload. */
  Workload read() throws IOException {
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
            ? new ZipfMapping(adapters, alpha, ranks, seed)
            : new ClientMapping(ranks);
    return mapping.apply(model, requests);
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
