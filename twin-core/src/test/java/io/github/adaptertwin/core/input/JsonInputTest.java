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
  void locations_print_what_they_know() {
    assertEquals("a.csv", SourceLocation.of("a.csv").toString());
    assertEquals("a.csv, line 3", new SourceLocation("a.csv", 3, 0).toString());
    assertEquals("a.csv, line 3, column 9", new SourceLocation("a.csv", 3, 9).toString());
    assertThrows(IllegalArgumentException.class, () -> new SourceLocation("a.csv", -1, 0));
    assertThrows(IllegalArgumentException.class, () -> new SourceLocation("a.csv", 1, -1));
  }
}
