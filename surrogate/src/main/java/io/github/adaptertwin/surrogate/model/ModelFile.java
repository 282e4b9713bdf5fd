package io.github.adaptertwin.surrogate.model;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.hash.Hashing;
import io.github.adaptertwin.core.input.GzipInput;
import io.github.adaptertwin.core.input.JsonInput;
import io.github.adaptertwin.core.input.MalformedInputException;
import io.github.adaptertwin.core.input.SourceLocation;
import io.github.adaptertwin.core.input.WholeFile;
import io.github.adaptertwin.surrogate.Regressor;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;

/**
 * Models in one JSON file: schema version, SHA-256 of the content, and the content, which is where
 * the models come from, the models by name, and rows of numbers by name. A file that was cut off or
 * changed is refused. Models predict after reading, to the bit, what they predicted before writing.
 * Immutable and thread-safe.
 *
 * @param provenance where the models come from, in words by name
 * @param models the models by name: linear, logistic, trees or tree ensembles
 * @param numbers rows of finite numbers by name
 */
public record ModelFile(
    Map<String, String> provenance, Map<String, Regressor> models, Map<String, double[]> numbers) {
  private static final int SCHEMA_VERSION = 1;
  private static final Pattern HEAD =
      Pattern.compile(
          "\\{\"schemaVersion\":(\\d{1,9}),\"sha256\":\"([0-9a-f]{64})\",\"content\":(?=\\{)");
  private static final String TAIL = "}";

  /** No text within this limit is too long for {@code JsonInput}. */
  private static final int MOST_BYTES = (int) JsonInput.MOST_CHARACTERS;

  private static final int GZIP_FIRST_BYTE = 0x1f;
  private static final int GZIP_BUFFER_BYTES = 1 << 13;

  /** Takes unmodifiable copies, in the order of names. */
  public ModelFile {
    provenance = ImmutableSortedMap.copyOf(provenance);
    models = ImmutableSortedMap.copyOf(models);
    ImmutableMap.Builder<String, double[]> copies = ImmutableMap.builder();
    ImmutableSortedMap.copyOf(numbers).forEach((name, row) -> copies.put(name, row.clone()));
    numbers = copies.buildOrThrow();
  }

  /**
   * {@return one model}
   *
   * @param name its name
   * @throws IllegalArgumentException if there is no such model; the message lists all
   */
  public Regressor model(String name) {
    Regressor model = models.get(name);
    if (model == null) {
      throw new IllegalArgumentException(
          "there is no model '" + name + "'; there are " + models.keySet());
    }
    return model;
  }

  /**
   * Writes the file, whole or not at all; a name that ends in {@code .gz} is compressed. The same
   * models give the same bytes.
   *
   * @param file the file to create or replace
   * @throws IOException if it cannot be written
   */
  public void write(Path file) throws IOException {
    byte[] bytes = toJson().getBytes(StandardCharsets.UTF_8);
    if (!file.toString().endsWith(".gz")) {
      WholeFile.write(file, out -> out.write(bytes));
      return;
    }
    WholeFile.write(
        file,
        out -> {
          try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
            zip.write(bytes);
          }
        });
  }

  /** {@return the file's text} */
  public String toJson() {
    String content = ModelJson.write(this);
    String sum = Hashing.sha256().hashString(content, StandardCharsets.UTF_8).toString();
    return "{\"schemaVersion\":"
        + SCHEMA_VERSION
        + ",\"sha256\":\""
        + sum
        + "\",\"content\":"
        + content
        + TAIL
        + "\n";
  }

  /**
   * Reads a file, compressed or not.
   *
   * @param file the file
   * @return its models
   * @throws IOException if it cannot be read
   * @throws MalformedInputException if it was cut off or changed, is of a later schema, is no model
   *     file, or has more than 268,435,456 bytes unpacked
   */
  public static ModelFile read(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return read(file.toString(), in);
    }
  }

  /**
   * Reads a stream, compressed or not.
   *
   * @param source name of the stream in messages
   * @param in the bytes; not closed
   * @return its models
   * @throws IOException if it cannot be read
   * @throws MalformedInputException as {@link #read(Path)}
   */
  public static ModelFile read(String source, InputStream in) throws IOException {
    return read(source, in, MOST_BYTES);
  }

  /** Reads up to so many bytes, counted unpacked. */
  static ModelFile read(String source, InputStream in, int mostBytes) throws IOException {
    BufferedInputStream bytes = new BufferedInputStream(in);
    bytes.mark(1);
    int first = bytes.read();
    bytes.reset();
    try {
      InputStream plain =
          first == GZIP_FIRST_BYTE ? GzipInput.open(source, bytes, GZIP_BUFFER_BYTES) : bytes;
      byte[] all = plain.readNBytes(mostBytes + 1);
      if (all.length > mostBytes) {
        throw new MalformedInputException(
            SourceLocation.of(source),
            "there are more than the "
                + mostBytes
                + " bytes that a model file may have; is it the right file?");
      }
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(all)).toString();
      return parse(source, text);
    } catch (java.io.EOFException | java.util.zip.ZipException | CharacterCodingException e) {
      throw new MalformedInputException(
          SourceLocation.of(source), "the file was cut off or changed: " + e.getMessage(), e);
    }
  }

  private static ModelFile parse(String source, String text) {
    Matcher head = HEAD.matcher(text);
    if (!head.lookingAt()) {
      throw new MalformedInputException(
          new SourceLocation(source, 1, 1),
          "this is no model file; it would begin with {\"schemaVersion\":1,\"sha256\":...");
    }
    int schema = Integer.parseInt(head.group(1));
    if (schema != SCHEMA_VERSION) {
      throw new MalformedInputException(
          new SourceLocation(source, 1, 1),
          "schemaVersion is " + schema + ", this version reads " + SCHEMA_VERSION);
    }
    String rest = text.substring(head.end()).stripTrailing();
    boolean whole = rest.endsWith(TAIL);
    String content = whole ? rest.substring(0, rest.length() - TAIL.length()) : rest;
    String sum = Hashing.sha256().hashString(content, StandardCharsets.UTF_8).toString();
    if (!whole || !sum.equals(head.group(2))) {
      throw new MalformedInputException(
          SourceLocation.of(source),
          "the file was cut off or changed: the SHA-256 of its content is "
              + sum
              + ", it says "
              + head.group(2)
              + "; fetch or make it again");
    }
    return ModelJson.read(source, content);
  }
}
