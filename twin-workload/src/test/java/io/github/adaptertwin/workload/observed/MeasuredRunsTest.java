package io.github.adaptertwin.workload.observed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.adaptertwin.core.input.MalformedInputException;
import io.github.adaptertwin.core.request.RequestCursor;
import io.github.adaptertwin.core.request.RequestSource;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class MeasuredRunsTest {
  private static final String HEADER =
      "id,model,adapters,adapter_slots,max_lora_rank,rates_rps,ranks,duration_s,status,arrivals,"
          + "mean_requested_input_tokens,mean_requested_output_tokens,"
          + "mean_completed_output_tokens,mean_completed_input_tokens,completed,"
          + "kv_capacity_tokens,throughput_tok_s,ideal_throughput_tok_s,mean_itl_ms,mean_ttft_ms\n";
  private static final String ROW =
      "run-1,m,3,2,16,0.5 0.25,8 16,100,ok,120,200,100,99,201,118,1000,300,330,20,50\n";

  private static List<MeasuredRun> read(String text) throws IOException {
    return MeasuredRuns.read("runs.csv", new StringReader(text));
  }

  @Test
  void a_row_becomes_a_run_with_as_many_requests_as_were_sent() throws IOException {
    MeasuredRun run = read(HEADER + ROW).get(0);
    assertEquals(3, run.traffic().size());
    assertEquals(0.5, run.traffic().get(2).ratePerSecond());
    assertEquals(3, run.loraAdapters().size());
    RequestSource source = run.requests(0.99, 40, 0, 1).get(0).source();
    assertEquals(40, source.waitingCap());
    int count = 0;
    RequestCursor cursor = source.open();
    while (cursor.arrivalPicos() != RequestCursor.NO_MORE) {
      assertTrue(cursor.arrivalPicos() < 100_000_000_000_000L);
      count++;
      cursor.advance();
    }
    assertEquals(120, count);
  }

  @Test
  void a_bad_value_names_file_line_and_value() {
    Exception e =
        assertThrows(
            MalformedInputException.class, () -> read(HEADER + ROW.replace(",120,", ",lots,")));
    assertTrue(e.getMessage().contains("runs.csv, line 2"), e.getMessage());
    assertTrue(e.getMessage().contains("lots"), e.getMessage());
    assertThrows(MalformedInputException.class, () -> read("id\nrun-1\n"));
  }

  @Test
  void the_published_table_is_read_whole() throws IOException {
    Path table = Path.of(System.getProperty("twin.measurements", ""), "serving-runs.csv");
    assumeTrue(Files.exists(table), "no published table");
    assertEquals(805, MeasuredRuns.read(table).size());
  }
}
