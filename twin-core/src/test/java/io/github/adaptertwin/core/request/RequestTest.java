package io.github.adaptertwin.core.request;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestTest {
  private static void refused(String words, Executable call) {
    Exception e = assertThrows(IllegalArgumentException.class, call);
    assertTrue(e.getMessage().contains(words), e.getMessage());
  }

  @Test
  void adapters_need_a_name_and_a_rank_that_an_engine_accepts() {
    refused("blank", () -> new LoraAdapter(" ", 8));
    refused("rank 0, outside [1, 512]", () -> new LoraAdapter("a", 0));
    refused("rank 513, outside [1, 512]", () -> new LoraAdapter("a", 513));
    assertEquals(512, new LoraAdapter("a", 512).rank());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "4 | 0 | 1 | 1 | arrives at 4 ps, before 5 ps",
        "6 | 2 | 1 | 1 | names adapter 2 of 2",
        "6 | -2 | 1 | 1 | names adapter -2 of 2",
        "6 | 0 | 0 | 1 | has 0 input and 1 output tokens",
        "6 | 0 | 1 | 0 | has 1 input and 0 output tokens",
      })
  void a_trace_refuses_a_bad_request_and_stays_as_it_was(
      long arrival, int adapter, int input, int output, String words) {
    RequestTrace.Builder builder = RequestTrace.builder(2).add(5, -1, 1, 1);
    refused(words, () -> builder.add(arrival, adapter, input, output));
    assertEquals(1, builder.build().size());
  }

  @Test
  void traces_refuse_bad_counts() {
    refused("-1", () -> RequestTrace.builder(-1));
    refused("waiting cap is 0", () -> RequestTrace.builder(1).waitingCap(0));
  }

  @Test
  void every_cursor_yields_the_requests_of_the_trace() {
    RequestTrace.Builder builder = RequestTrace.builder(3).waitingCap(9);
    for (int i = 0; i < 2000; i++) {
      builder.add(10L * i, i % 4 - 1, 1 + i, 2 + i);
    }
    RequestTrace trace = builder.build();
    assertEquals(9, trace.waitingCap());
    assertEquals(3, trace.adapterCount());
    for (int pass = 0; pass < 2; pass++) {
      RequestCursor cursor = trace.open();
      for (int i = 0; i < trace.size(); i++) {
        assertEquals(trace.arrivalPicos(i), cursor.arrivalPicos());
        assertEquals(trace.adapter(i), cursor.adapter());
        assertEquals(trace.inputTokens(i), cursor.inputTokens());
        assertEquals(trace.outputTokens(i), cursor.outputTokens());
        cursor.advance();
      }
      cursor.advance();
      assertEquals(RequestCursor.NO_MORE, cursor.arrivalPicos());
    }
  }

  @Test
  void traces_are_values() {
    RequestTrace one = RequestTrace.builder(1).add(1, 0, 2, 3).build();
    assertEquals(one, RequestTrace.builder(1).add(1, 0, 2, 3).build());
    assertEquals(one.hashCode(), RequestTrace.builder(1).add(1, 0, 2, 3).build().hashCode());
    assertNotEquals(one, RequestTrace.builder(1).add(1, 0, 2, 4).build());
    assertNotEquals(one, RequestTrace.builder(1).add(1, 0, 4, 3).build());
    assertNotEquals(one, RequestTrace.builder(1).add(1, -1, 2, 3).build());
    assertNotEquals(one, RequestTrace.builder(1).add(2, 0, 2, 3).build());
    assertNotEquals(one, RequestTrace.builder(1).waitingCap(2).add(1, 0, 2, 3).build());
    assertNotEquals(one, RequestTrace.builder(2).add(1, 0, 2, 3).build());
    assertNotEquals(one, "RequestTrace");
    assertEquals("RequestTrace[1 requests, 1 adapters]", one.toString());
  }

  @Test
  void a_source_has_no_waiting_cap_of_its_own() {
    RequestSource source =
        new RequestSource() {
          private static final long serialVersionUID = 1L;

          @Override
          public RequestCursor open() {
            return RequestTrace.builder(0).build().open();
          }

          @Override
          public int adapterCount() {
            return 0;
          }
        };
    assertEquals(Integer.MAX_VALUE, source.waitingCap());
  }
}
