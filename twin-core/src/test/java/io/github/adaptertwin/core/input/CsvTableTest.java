package io.github.adaptertwin.core.input;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class CsvTableTest {
  private static void read(String text, Consumer<CsvTable.Row> use) throws IOException {
    CsvTable.forEach("table.csv", new StringReader(text), use);
  }

  private static String complaint(String text, Consumer<CsvTable.Row> use) {
    return String.valueOf(
        assertThrows(MalformedInputException.class, () -> read(text, use)).getMessage());
  }

  @Test
  void values_areFoundByColumn_inAnyOrder() throws IOException {
    List<String> seen = new ArrayList<>();
    read(
        "b,a,c\n7,\"x, y\",\n-2.5e1,z,3\n",
        row -> {
          seen.add(row.text("a") + "|" + row.number("b") + "|" + row.numberOr("c", 9));
          assertTrue(row.has("a"));
          assertEquals(!row.text("c").isEmpty(), row.has("c"));
          assertFalse(row.has("d"));
          assertEquals(1, row.numberOr("d", 1));
        });
    assertEquals(List.of("x, y|7.0|9.0", "z|-25.0|3.0"), seen);
  }

  @Test
  void integers_areWholeAndWithinAnInt() throws IOException {
    read("a\n2147483647\n", row -> assertEquals(Integer.MAX_VALUE, row.integer("a")));
    assertEquals(
        "table.csv, line 2: a is '2.5', expected a whole number",
        complaint("a\n2.5\n", row -> row.integer("a")));
    assertEquals(
        "table.csv, line 2: a is '2147483648', expected a whole number",
        complaint("a\n2147483648\n", row -> row.integer("a")));
  }

  @Test
  void faults_nameSourceAndLine() {
    assertEquals(
        "table.csv, line 3: a is 'x', expected a number",
        complaint("a\n1\nx\n", row -> row.number("a")));
    for (String none : new String[] {"NaN", "Infinity", "1e999"}) {
      assertEquals(
          "table.csv, line 2: a is '" + none + "', must be finite",
          complaint("a\n" + none + "\n", row -> row.number("a")));
    }
    assertEquals(
        "table.csv, line 2: the column b is missing", complaint("a\n1\n", row -> row.text("b")));
    assertEquals(
        "table.csv, line 2: too small",
        complaint(
            "a\n1\n",
            row -> {
              throw row.malformed("too small");
            }));
  }

  @Test
  void textsThatAreNoTable_areRefused() {
    assertTrue(complaint("a,a\n1,2\n", row -> {}).startsWith("table.csv: not the CSV expected"));
    assertEquals(
        "table.csv, line 2: the column b is missing",
        complaint("a,b\n1\n", row -> row.text("b")),
        "the line is short");
    Reader latin =
        new InputStreamReader(
            new ByteArrayInputStream(new byte[] {'a', '\n', (byte) 0xe4, '\n'}),
            StandardCharsets.UTF_8.newDecoder());
    MalformedInputException bytes =
        assertThrows(
            MalformedInputException.class,
            () -> CsvTable.forEach("table.csv", latin, row -> row.text("a")));
    assertTrue(String.valueOf(bytes.getMessage()).contains("not UTF-8"), bytes.getMessage());
  }

  @Test
  void whatTheTextThrows_isThrownAsItIs() {
    IOException gone = new IOException("gone");
    Reader broken =
        new Reader() {
          @Override
          public int read(char[] into, int from, int length) throws IOException {
            throw gone;
          }

          @Override
          public void close() {}
        };
    assertSame(
        gone,
        assertThrows(IOException.class, () -> CsvTable.forEach("table.csv", broken, row -> {})));
  }
}
