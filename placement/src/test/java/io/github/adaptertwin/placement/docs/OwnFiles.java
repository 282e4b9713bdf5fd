package io.github.adaptertwin.placement.docs;

import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

/** Files that the pages take for granted: a reader's own trace, metrics, a public trace. */
public final class OwnFiles {
  private static final List<String> ADAPTERS =
      List.of("support-en", "sql", "support-de", "marketing", "hr", "legal");

  private OwnFiles() {}

  /** Writes them and the examples of the project into a folder. */
  public static void write(Path folder) throws IOException {
    Path examples = Files.createDirectories(folder.resolve("docs").resolve("examples"));
    try (Stream<Path> files = Files.list(Page.root().resolve("docs").resolve("examples"))) {
      for (Path file : files.toList()) {
        Files.copy(file, examples.resolve(file.getFileName().toString()));
      }
    }
    Files.writeString(folder.resolve("requests.csv"), trace(), StandardCharsets.UTF_8);
    Files.writeString(folder.resolve("metrics-noon.txt"), metrics(0), StandardCharsets.UTF_8);
    Files.writeString(folder.resolve("metrics-later.txt"), metrics(600), StandardCharsets.UTF_8);
    try (OutputStream out =
        new GZIPOutputStream(
            Files.newOutputStream(folder.resolve("mooncake-conversation.jsonl.gz")))) {
      out.write(mooncake().getBytes(StandardCharsets.UTF_8));
    }
  }

  private static String trace() {
    StringBuilder rows = new StringBuilder("arrival_s,adapter,input_tokens,output_tokens\n");
    RandomStream random = new RandomStreams(1).stream("docs", 0);
    double seconds = 0;
    for (int i = 0; i < 1_500; i++) {
      seconds -= StrictMath.log(1 - random.nextDouble()) / 5;
      // The first half of the requests is the first adapter's, half of the rest the second's.
      int adapter = Math.min(ADAPTERS.size() - 1, Long.numberOfTrailingZeros(random.nextLong()));
      rows.append(
          String.format(
              Locale.ROOT,
              "%.3f,%s,%d,%d%n",
              seconds,
              ADAPTERS.get(adapter),
              50 + random.nextInt(500),
              20 + random.nextInt(300)));
    }
    return rows.toString().replace("\r", "");
  }

  private static String mooncake() {
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < 1_200; i++) {
      rows.append(
          String.format(
              Locale.ROOT,
              "{\"timestamp\": %d, \"input_length\": 700, \"output_length\": 90, \"hash_ids\": [1,"
                  + " %d]}\n",
              i * 3_000,
              i + 2));
    }
    return rows.toString();
  }

  private static String metrics(int seconds) {
    return String.format(
        Locale.ROOT,
        """
        router_requests_total{adapter="sql"} %d
        router_requests_total{adapter="support"} %d
        vllm:request_prompt_tokens_bucket{le="100"} %d
        vllm:request_prompt_tokens_bucket{le="500"} %d
        vllm:request_prompt_tokens_bucket{le="+Inf"} %d
        vllm:request_prompt_tokens_sum %d
        vllm:request_prompt_tokens_count %d
        vllm:request_generation_tokens_bucket{le="100"} %d
        vllm:request_generation_tokens_bucket{le="500"} %d
        vllm:request_generation_tokens_bucket{le="+Inf"} %d
        vllm:request_generation_tokens_sum %d
        vllm:request_generation_tokens_count %d
        """,
        100 + seconds,
        40 + seconds / 4,
        30 + seconds / 4,
        140 + seconds * 5 / 4,
        140 + seconds * 5 / 4,
        (140 + seconds * 5 / 4) * 210,
        140 + seconds * 5 / 4,
        50 + seconds / 2,
        140 + seconds * 5 / 4,
        140 + seconds * 5 / 4,
        (140 + seconds * 5 / 4) * 160,
        140 + seconds * 5 / 4);
  }
}
