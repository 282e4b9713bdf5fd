package io.github.adaptertwin.core.input;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class JsonInputTest {
  private static JsonInput input(String text) {
    return JsonInput.of("plan.json", new StringReader(text));
  }

  private static MalformedInputException refused(String text, Consumer<JsonInput> read) {
    JsonInput input = input(text);
    return assertThrows(MalformedInputException.class, () -> read.accept(input));
  }

  private static void contains(String words, Exception e) {
    assertTrue(e.getMessage().contains(words), e.getMessage());
    assertFalse(e.getMessage().contains("\n"), "one line: " + e.getMessage());
  }

  @Test
  void values_are_read_in_their_kinds() throws IOException {
    try (JsonInput json =
        input(
            "{\"a\": \"x\", \"b\": [1, 2.5], \"c\": true, \"d\": 7, \"e\": null,"
                + " \"f\": {\"g\": 1}, \"h\": null}")) {
      json.beginObject();
      assertEquals("a", json.name());
      assertEquals("x", json.string());
      assertEquals("b", json.name());
      assertTrue(json.isArray());
      assertFalse(json.isObject());
      assertArrayEquals(new double[] {1, 2.5}, json.numbers());
      json.name();
      assertFalse(json.consumeNull());
      assertTrue(json.bool());
      json.name();
      assertEquals(7, json.integer(0, 7));
      assertEquals("$.d", json.path());
      json.name();
      json.skip();
      json.name();
      assertTrue(json.isObject());
      json.skip();
      json.name();
      assertTrue(json.consumeNull());
      assertFalse(json.hasNext());
      json.endObject();
      json.endDocument();
    }
  }

  @Test
  void complaints_name_line_and_column() {
    MalformedInputException e =
        refused(
            "{\n  \"rank\": 12.5}",
            json -> {
              json.beginObject();
              json.name();
              json.integer(1, 512);
            });
    contains("plan.json, line 2, column", e);
    contains("$.rank: is 12.5, must be a whole number", e);
    assertEquals(2, e.location().line());
    contains(
        "is 600, must be in [1, 512]",
        refused(
            "[600]",
            json -> {
              json.beginArray();
              json.integer(1, 512);
            }));
  }

  @Test
  void wrong_kinds_say_what_was_expected_and_what_was_found() {
    contains("expected a string, found NUMBER", refused("1", JsonInput::string));
    contains("expected a number, found STRING", refused("\"1\"", JsonInput::number));
    contains("not the JSON expected here", refused("[1]", JsonInput::beginObject));
    contains("not the JSON expected here", refused("1", JsonInput::bool));
  }

  @Test
  void broken_texts_are_refused() {
    contains(
        "text ends in the middle",
        refused(
            "{\"a\": ",
            json -> {
              json.beginObject();
              json.name();
              json.string();
            }));
    contains(
        "line 1",
        refused(
            "{a: 1}",
            json -> {
              json.beginObject();
              json.name();
            }));
    contains(
        "numbers are finite",
        refused(
            "[NaN]",
            json -> {
              json.beginArray();
              json.number();
            }));
    contains(
        "forbids NaN and infinities",
        refused(
            "[1e999]",
            json -> {
              json.beginArray();
              json.number();
            }));
    contains(
        "plan.json, line 1, column",
        refused(
            "1 2",
            json -> {
              json.number();
              json.endDocument();
            }));
  }

  @Test
  void a_reader_that_fails_is_reported_as_such() {
    Reader failing =
        new Reader() {
          @Override
          public int read(char[] buffer, int offset, int length) throws IOException {
            throw new IOException("disk on fire");
          }

          @Override
          public void close() {
            // Nothing to close.
          }
        };
    JsonInput json = JsonInput.of("plan.json", failing);
    contains(
        "cannot be read: disk on fire",
        assertThrows(MalformedInputException.class, json::beginObject));
  }

  @Test
  void kinds_areToldBeforeTheyAreRead() {
    JsonInput json = input("[false, 1, {}, []]");
    json.beginArray();
    assertTrue(json.isBool());
    assertFalse(json.isNumber());
    assertFalse(json.isArray());
    assertFalse(json.bool());
    assertTrue(json.isNumber());
    assertFalse(json.isBool());
    assertEquals(1, json.integer(1, 1));
    assertFalse(json.isArray());
    assertTrue(json.isObject());
    json.beginObject();
    json.endObject();
    assertTrue(json.isArray());
    json.beginArray();
    json.endArray();
    json.endArray();
  }

  @Test
  void integer_justOutsideItsRange_isRefused() {
    contains("is 0, must be in [1, 9]", refused("0", json -> json.integer(1, 9)));
    contains("is 10, must be in [1, 9]", refused("10", json -> json.integer(1, 9)));
    assertEquals(1, input("1").integer(1, 9));
    assertEquals(9, input("9").integer(1, 9));
  }

  /** What other parsers let pass as JSON is not. */
  @Test
  void whatOnlyLooksLikeJson_isRefused() {
    contains("not the JSON expected here", refused("TRUE", JsonInput::bool));
    contains("not the JSON expected here", refused("\"a\tb\"", JsonInput::string));
  }

  @Test
  void aClosedInput_isNotReadAnyMore() throws IOException {
    boolean[] closed = new boolean[1];
    Reader text =
        new StringReader("[1, 2]") {
          @Override
          public void close() {
            closed[0] = true;
            super.close();
          }
        };
    JsonInput json = JsonInput.of("plan.json", text);
    json.beginArray();
    json.close();
    assertTrue(closed[0]);
    contains(
        "plan.json, line 1, column", assertThrows(MalformedInputException.class, json::hasNext));
  }

  @Test
  void locations_print_what_they_know() {
    assertEquals("a.csv", SourceLocation.of("a.csv").toString());
    assertEquals("a.csv, line 3", new SourceLocation("a.csv", 3, 0).toString());
    assertEquals("a.csv, line 3, column 9", new SourceLocation("a.csv", 3, 9).toString());
    assertThrows(IllegalArgumentException.class, () -> new SourceLocation("a.csv", -1, 0));
    assertThrows(IllegalArgumentException.class, () -> new SourceLocation("a.csv", 1, -1));
  }
}
