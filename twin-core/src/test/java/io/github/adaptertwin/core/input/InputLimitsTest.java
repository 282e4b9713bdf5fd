package io.github.adaptertwin.core.input;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipException;
import org.junit.jupiter.api.Test;

class InputLimitsTest {
  private static byte[] packed(byte[] piece, int times) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream zip = new GZIPOutputStream(packed)) {
      for (int i = 0; i < times; i++) {
        zip.write(piece);
      }
    }
    return packed.toByteArray();
  }

  private static InputStream unpack(byte[] packed) throws IOException {
    return GzipInput.open("x.gz", new ByteArrayInputStream(packed), 512);
  }

  @Test
  void gzip_ordinaryData_isUnpackedWhole() throws IOException {
    byte[] text = "0.25,adapter,12,34\n".getBytes(StandardCharsets.UTF_8);
    assertArrayEquals(text, unpack(packed(text, 1)).readAllBytes());
    try (InputStream bytes = unpack(packed(text, 2))) {
      assertEquals('0', bytes.read());
      assertEquals(2 * text.length - 1, bytes.readAllBytes().length);
      assertEquals(-1, bytes.read());
    }
  }

  @Test
  void gzip_expandsALot_isAllowedUpToTheLimitAndRefusedBeyond() throws IOException {
    byte[] zeros = new byte[1 << 20];
    int allowed = (int) (GzipInput.ALWAYS_ALLOWED >> 20);
    assertEquals(GzipInput.ALWAYS_ALLOWED, count(unpack(packed(zeros, allowed))));
    String message =
        assertThrows(MalformedInputException.class, () -> count(unpack(packed(zeros, allowed + 1))))
            .getMessage();
    assertEquals(
        "x.gz: the gzip data expands to more than 200 times its size, which is the limit above"
            + " 67108864 bytes; unpack it and look at it, and give the plain file if it is right",
        message);
  }

  /** Beyond what is always allowed, 9,000 random bytes in each MiB are a ratio of about 100. */
  @Test
  void gzip_beyondTheLimitThatExpandsLittle_isUnpackedWhole() throws IOException {
    byte[] piece = new byte[1 << 20];
    for (int i = 0, x = 1; i < 9_000; i++) {
      x = x * 1_103_515_245 + 12_345;
      piece[i] = (byte) (x >> 16);
    }
    int pieces = (int) (GzipInput.ALWAYS_ALLOWED >> 20) + 1;
    byte[] packed = packed(piece, pieces);
    assertTrue(((long) pieces << 20) / packed.length < 150, "bytes " + packed.length);
    assertEquals((long) pieces << 20, count(unpack(packed)));
  }

  private static long count(InputStream bytes) throws IOException {
    byte[] buffer = new byte[1 << 16];
    long count = 0;
    for (int n = bytes.read(buffer); n >= 0; n = bytes.read(buffer)) {
      count += n;
    }
    return count;
  }

  @Test
  void gzip_otherBytes_areNoGzip() {
    assertThrows(ZipException.class, () -> unpack(new byte[20]));
  }

  @Test
  void lines_anyEnd_areCounted() throws IOException {
    TextLines lines = new TextLines("t", new StringReader("a\r\n\rb\n\nc\r"));
    assertEquals(0, lines.number());
    for (String expected : new String[] {"a", "", "b", "", "c"}) {
      assertEquals(expected, lines.next());
    }
    assertEquals(5, lines.number());
    assertNull(lines.next());
    assertEquals(5, lines.number());
    assertNull(new TextLines("t", new StringReader("")).next());
  }

  @Test
  void lines_longest_isReadAndOneMoreCharacterIsRefused() throws IOException {
    String longest = "x".repeat(TextLines.LONGEST_LINE);
    TextLines lines = new TextLines("t", new StringReader(longest + "\n" + longest + "x"));
    assertEquals(longest, lines.next());
    String message = assertThrows(MalformedInputException.class, lines::next).getMessage();
    assertTrue(message.startsWith("t, line 2: the line is longer than the limit"), message);
  }

  @Test
  void lines_ofAnyCharacters_endAtTheirEndsOnly() throws IOException {
    TextLines lines = new TextLines("t", new StringReader("\0a\0\n\u0085\u2028\n"));
    assertEquals("\0a\0", lines.next());
    assertEquals("\u0085\u2028", lines.next());
    assertNull(lines.next());
  }

  @Test
  void text_atTheLimit_isReadAndOneMoreCharacterIsRefused() throws IOException {
    char[] into = new char[8];
    LimitedText five = new LimitedText("t", new StringReader("12345"), 5);
    assertEquals(3, five.read(into, 0, 3));
    assertEquals('4', five.read());
    assertEquals(1, five.read(into, 4, 4));
    assertEquals('5', into[4]);
    assertEquals(-1, five.read());
    LimitedText six = new LimitedText("t", new StringReader("123456"), 5);
    assertThrows(MalformedInputException.class, () -> six.read(into, 0, 8));
  }

  /** Without end: {@code [null,"",true,0,{},[],null,...}, of which each is a value. */
  private static Reader endlessValues() {
    return new Reader() {
      private static final String PIECE = "null,\"\",true,0,{},[],";
      private int next = -1;

      @Override
      public int read(char[] into, int from, int count) {
        for (int i = 0; i < count; i++) {
          into[from + i] = next < 0 ? '[' : PIECE.charAt(next);
          next = (next + 1) % PIECE.length();
        }
        return count;
      }

      @Override
      public void close() {
        // Nothing is open.
      }
    };
  }

  @Test
  void json_valuesOfEveryKind_countToTheLimit() {
    JsonInput json = JsonInput.of("v.json", endlessValues());
    json.beginArray();
    int read = 1;
    // Six at a time, as long as six more are allowed; three are left.
    for (; read + 6 <= JsonInput.MOST_VALUES; read += 6) {
      assertTrue(json.consumeNull());
      json.string();
      json.bool();
      json.number();
      json.beginObject();
      json.endObject();
      json.beginArray();
      json.endArray();
    }
    assertEquals(3, JsonInput.MOST_VALUES - read);
    json.consumeNull();
    json.string();
    json.bool();
    String message = assertThrows(MalformedInputException.class, json::number).getMessage();
    assertTrue(
        message.endsWith(
            "the text has more values than the limit of 10000000; split it, or describe what"
                + " repeats by a rule"),
        message);
  }

  @Test
  void json_atTheLimitOfDepth_isRead() {
    String deepest = "[".repeat(JsonInput.DEEPEST) + "]".repeat(JsonInput.DEEPEST);
    JsonInput json = JsonInput.of("d.json", new StringReader(deepest));
    json.skip();
    json.endDocument();
    MalformedInputException e =
        assertThrows(
            MalformedInputException.class,
            () -> JsonInput.of("d.json", new StringReader("[" + deepest + "]")).skip());
    assertEquals(
        "d.json, line 1, column 66: not the JSON expected here: objects and arrays lie in each"
            + " other deeper than the limit of 64",
        e.getMessage());
  }

  @Test
  void json_textWithoutEnd_isRefused() {
    Reader blanks =
        new Reader() {
          @Override
          public int read(char[] into, int from, int count) {
            java.util.Arrays.fill(into, from, from + count, ' ');
            return count;
          }

          @Override
          public void close() {
            // Nothing is open.
          }
        };
    String message =
        assertThrows(
                MalformedInputException.class, () -> JsonInput.of("e.json", blanks).beginArray())
            .getMessage();
    assertEquals(
        "e.json: the text is longer than the limit of 268435456 characters; split it, or describe"
            + " what repeats by a rule",
        message);
  }
}
