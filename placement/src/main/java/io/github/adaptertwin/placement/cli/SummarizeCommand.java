package io.github.adaptertwin.placement.cli;

import io.github.adaptertwin.workload.trace.Trace;
import io.github.adaptertwin.workload.trace.TraceSummary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code adaptertwin summarize}: what is in a trace. */
@Command(
    name = "summarize",
    description = "Says what is in a trace: rate, burstiness, lengths, clients.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  adaptertwin summarize requests.csv",
      "  adaptertwin summarize AzureLLMInferenceTrace_code.csv.gz --svg trace.svg",
      "  zcat trace.csv.gz | adaptertwin summarize - --json"
    })
final class SummarizeCommand implements Callable<Integer> {
  private static final int CLIENTS_TOLD = 20;

  @Mixin private Output output = new Output();

  @Parameters(
      paramLabel = "FILE[.gz]",
      description = "Recorded requests of any known format, - for standard input.")
  private Path trace = Path.of("");

  @Option(names = "--svg", paramLabel = "FILE", description = "Draw them, too.")
  private @Nullable Path svg;

  @Override
  public Integer call() throws IOException {
    TraceSummary summary = WorkloadInput.withFile(trace, file -> TraceSummary.of(Trace.of(file)));
    if (output.isJson()) {
      output.json(tree(summary));
    } else {
      output.out().print(summary.toText());
      output.out().flush();
    }
    if (svg != null) {
      summary.picture(String.valueOf(trace.getFileName())).write(svg);
      output.note("wrote " + svg);
    }
    return Main.DONE;
  }

  private static Object tree(TraceSummary s) {
    double[] dispersion = s.dispersion();
    return JsonText.object(
        "schemaVersion", 1,
        "requests", s.requests(),
        "spanSeconds", s.spanSeconds(),
        "ratePerSecond", s.ratePerSecond(),
        "gapCv", s.gapCv(),
        "dispersion",
            JsonText.object("1s", dispersion[0], "10s", dispersion[1], "60s", dispersion[2]),
        "inputTokens", tree(s.input()),
        "outputTokens", tree(s.output()),
        "clientCount", s.clients().size(),
        "mostActiveClients",
            s.clients().stream()
                .limit(CLIENTS_TOLD)
                .map(c -> JsonText.object("client", c.client(), "requests", c.requests()))
                .toList(),
        "skipped",
            JsonText.object(
                "failures", s.skipped().failures(), "malformed", s.skipped().malformed()));
  }

  private static Object tree(TraceSummary.Lengths l) {
    return JsonText.object("mean", l.mean(), "p50", l.p50(), "p90", l.p90(), "p99", l.p99());
  }
}
