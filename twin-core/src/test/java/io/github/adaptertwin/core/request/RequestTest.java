package io.github.adaptertwin.core.request;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
  void names_that_no_file_can_carry_are_refused() {
    refused("\\u0000", () -> new LoraAdapter("a\0", 8));
    refused("half of a surrogate pair", () -> new LoraAdapter("a\ud83d", 8));
    assertEquals(1, new LoraAdapter("\ud83d\ude00", 1).rank());
  }

  /** Most requests have no priority of their own, and no hashes; beyond 1,024 arrays grow. */
  @Test
  void priorities_and_hashes_belong_to_their_requests() {
    RequestTrace.Builder builder = RequestTrace.builder(1).hashBlockTokens(16);
    for (int i = 0; i < 3000; i++) {
      if (i % 1000 == 7) {
        builder.add(i, 0, 40, 2, i / 1000 + 1).prefixHashes(10L * i, 10L * i + 1);
      } else if (i % 1000 == 8) {
        builder.add(i, 0, 20, 2).prefixHashes(5, 6);
      } else {
        builder.add(i, 0, 40, 2, 0);
      }
    }
    RequestTrace trace = builder.build();
    RequestCursor cursor = trace.open();
    for (int i = 0; i < 3000; i++) {
      assertEquals(i % 1000 == 7 ? i / 1000 + 1 : 0, cursor.priority(), "request " + i);
      assertEquals(trace.priority(i), cursor.priority());
      // Two blocks of 16 tokens are hashed, of 20 tokens no more than there are.
      assertEquals(i % 1000 == 7 ? 32 : i % 1000 == 8 ? 20 : 0, cursor.hashedTokens());
      if (i % 1000 == 7) {
        assertEquals(10L * i, cursor.prefixHash(15));
        assertEquals(10L * i + 1, cursor.prefixHash(16));
      }
      cursor.advance();
    }
    RequestCursor first = trace.open();
    Exception e = assertThrows(IllegalStateException.class, () -> first.prefixHash(0));
    assertEquals("request 0 carries no hashes", e.getMessage());
  }

  @Test
  void priorities_and_hashes_are_part_of_the_value() {
    RequestTrace plain = RequestTrace.builder(1).add(1, 0, 32, 3).build();
    RequestTrace urgent = RequestTrace.builder(1).add(1, 0, 32, 3, 63).build();
    RequestTrace hashed =
        RequestTrace.builder(1).hashBlockTokens(16).add(1, 0, 32, 3).prefixHashes(1, 2).build();
    RequestTrace other =
        RequestTrace.builder(1).hashBlockTokens(16).add(1, 0, 32, 3).prefixHashes(1, 3).build();
    assertNotEquals(plain, urgent);
    assertNotEquals(plain, hashed);
    assertNotEquals(hashed, other);
    assertNotEquals(hashed.hashCode(), other.hashCode());
    assertNotEquals(plain.hashCode(), urgent.hashCode());
    assertEquals(
        hashed,
        RequestTrace.builder(1).hashBlockTokens(16).add(1, 0, 32, 3).prefixHashes(1, 2).build());
    assertNotEquals(
        hashed,
        RequestTrace.builder(1).hashBlockTokens(8).add(1, 0, 32, 3).prefixHashes(1, 2).build());
  }

  @Test
  void priorities_and_hashes_outside_their_ranges_are_refused() {
    RequestTrace.Builder builder = RequestTrace.builder(1);
    Exception none = assertThrows(IllegalStateException.class, () -> builder.prefixHashes(1));
    assertTrue(none.getMessage().contains("no request yet"), none.getMessage());
    refused("request 0 has priority 64, must be in [0, 63]", () -> builder.add(1, 0, 1, 1, 64));
    refused("request 0 has priority -1, must be in [0, 63]", () -> builder.add(1, 0, 1, 1, -1));
    refused("tokens of a hashed block are 0", () -> builder.hashBlockTokens(0));
    assertEquals(0, builder.build().size());
    assertEquals(1, RequestTrace.builder(0).waitingCap(1).hashBlockTokens(1).build().waitingCap());
    assertEquals(-1, RequestTrace.builder(0).add(0, -1, 1, 1).build().adapter(0));
  }

  @Test
  void a_cursor_that_says_nothing_more_has_no_priority_hashes_or_loop() {
    RequestCursor cursor =
        new RequestCursor() {
          @Override
          public long arrivalPicos() {
            return NO_MORE;
          }

          @Override
          public int adapter() {
            return BASE_MODEL;
          }

          @Override
          public int inputTokens() {
            return 1;
          }

          @Override
          public int outputTokens() {
            return 1;
          }

          @Override
          public void advance() {
            // There is nothing.
          }
        };
    assertEquals(0, cursor.priority());
    assertEquals(0, cursor.hashedTokens());
    assertFalse(cursor.isClosedLoop());
    assertFalse(cursor.dropBefore(Long.MAX_VALUE));
    assertThrows(IllegalStateException.class, () -> cursor.prefixHash(0));
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
