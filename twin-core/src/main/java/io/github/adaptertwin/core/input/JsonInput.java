package io.github.adaptertwin.core.input;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import java.io.Closeable;
import java.io.IOException;
import java.io.Reader;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Pulls values out of a JSON text and names line and column in every complaint. Strict JSON of RFC
 * 8259: no comments, no NaN, no trailing commas, no text after the value. A text above {@link
 * #MOST_CHARACTERS}, with more than {@link #MOST_VALUES} values or nested deeper than {@link
 * #DEEPEST} is refused, so that no file can fill the memory. Not thread-safe.
 */
public final class JsonInput implements Closeable {
  /** Most characters of a text. */
  public static final long MOST_CHARACTERS = 1L << 28;

  /** Most values of a text, objects and arrays included; those that are skipped do not count. */
  public static final int MOST_VALUES = 10_000_000;

  /** Most objects and arrays within each other. */
  public static final int DEEPEST = 64;

  // Gson shows its position only in texts of this form.
  private static final Pattern POSITION =
      Pattern.compile(" at line (\\d+) column (\\d+) path (\\S+)");
  private static final Pattern SEE = Pattern.compile("\\s*See http\\S*\\s*$");

  private final String source;
  private final JsonReader reader;
  private int values;

  private JsonInput(String source, Reader reader) {
    this.source = source;
    this.reader = new JsonReader(new LimitedText(source, reader, MOST_CHARACTERS));
    this.reader.setNestingLimit(DEEPEST);
    this.reader.setStrictness(com.google.gson.Strictness.STRICT);
  }

  /**
   * Opens a JSON text.
   *
   * @param source its name in messages, usually the file name
   * @param text the text; {@link #close()} closes it
   * @return an input before the first value
   */
  public static JsonInput of(String source, Reader text) {
    return new JsonInput(source, text);
  }

  /** One call on the underlying reader. */
  @FunctionalInterface
  private interface Pull<T> {
    T get() throws IOException;
  }

  private <T> T pull(Pull<T> call) {
    try {
      return call.get();
    } catch (MalformedJsonException | IllegalStateException | NumberFormatException e) {
      throw malformedBy(e);
    } catch (java.io.EOFException e) {
      throw new MalformedInputException(
          location(), "the text ends in the middle of a value; the file is cut off", e);
    } catch (IOException e) {
      throw new MalformedInputException(location(), "cannot be read: " + e.getMessage(), e);
    }
  }

  /** One call on the underlying reader that gives nothing. */
  @FunctionalInterface
  private interface Pass {
    void go() throws IOException;
  }

  private void pass(Pass call) {
    pull(
        () -> {
          call.go();
          return true;
        });
  }

  private MalformedInputException malformedBy(Exception e) {
    String message = String.valueOf(e.getMessage());
    Matcher position = POSITION.matcher(message);
    SourceLocation at = position.find() ? locationOf(position) : location();
    String problem = SEE.matcher(POSITION.matcher(message).replaceFirst("")).replaceFirst("");
    if (problem.contains("setStrictness")) {
      // The parser's advice to its programmer is of no use to whoever wrote the file.
      problem = "names and strings need double quotes, numbers are finite, no comma ends a list";
    }
    if (problem.startsWith("Nesting limit")) {
      problem = "objects and arrays lie in each other deeper than the limit of " + DEEPEST;
    }
    return new MalformedInputException(
        at, "not the JSON expected here: " + problem.replace('\n', ' '), e);
  }

  private SourceLocation locationOf(Matcher position) {
    return new SourceLocation(
        source, Long.parseLong(position.group(1)), Long.parseLong(position.group(2)));
  }

  /** {@return where the input stands: just behind what was read last} */
  public SourceLocation location() {
    Matcher position = POSITION.matcher(reader.toString());
    return position.find() ? locationOf(position) : SourceLocation.of(source);
  }

  /** {@return the path of the value read last, such as {@code $.adapters[3].rank}} */
  public String path() {
    return reader.getPreviousPath();
  }

  /**
   * Makes a complaint about the value read last.
   *
   * @param problem what is wrong, with the value, the bound and the remedy
   * @return an exception to throw that names file, line, column and path
   */
  public MalformedInputException malformed(String problem) {
    return new MalformedInputException(location(), path() + ": " + problem);
  }

  /** Counts a value that the caller is about to keep. */
  private void count() {
    if (++values > MOST_VALUES) {
      throw new MalformedInputException(
          location(),
          "the text has more values than the limit of "
              + MOST_VALUES
              + "; split it, or describe what repeats by a rule");
    }
  }

  /** Enters an object. */
  public void beginObject() {
    count();
    pass(reader::beginObject);
  }

  /** Leaves an object. */
  public void endObject() {
    pass(reader::endObject);
  }

  /** Enters an array. */
  public void beginArray() {
    count();
    pass(reader::beginArray);
  }

  /** Leaves an array. */
  public void endArray() {
    pass(reader::endArray);
  }

  /** {@return whether the current object or array has another element} */
  public boolean hasNext() {
    return pull(reader::hasNext);
  }

  /** {@return the name of the next member of the current object} */
  public String name() {
    return pull(reader::nextName);
  }

  /** {@return whether the next value is an array} */
  public boolean isArray() {
    return pull(reader::peek) == JsonToken.BEGIN_ARRAY;
  }

  /** {@return whether the next value is an object} */
  public boolean isObject() {
    return pull(reader::peek) == JsonToken.BEGIN_OBJECT;
  }

  /** {@return whether the next value is a number} */
  public boolean isNumber() {
    return pull(reader::peek) == JsonToken.NUMBER;
  }

  /** {@return whether the next value is {@code true} or {@code false}} */
  public boolean isBool() {
    return pull(reader::peek) == JsonToken.BOOLEAN;
  }

  /** {@return whether the next value is {@code null}; if so it is consumed} */
  public boolean consumeNull() {
    return pull(
        () -> {
          if (reader.peek() != JsonToken.NULL) {
            return false;
          }
          count();
          reader.nextNull();
          return true;
        });
  }

  /** {@return the next value, a string} */
  public String string() {
    if (pull(reader::peek) != JsonToken.STRING) {
      throw expected("a string");
    }
    count();
    return pull(reader::nextString);
  }

  /** {@return the next value, {@code true} or {@code false}} */
  public boolean bool() {
    count();
    return pull(reader::nextBoolean);
  }

  /** {@return the next value, a finite number} */
  public double number() {
    if (!isNumber()) {
      throw expected("a number");
    }
    count();
    double value = pull(reader::nextDouble);
    if (!Double.isFinite(value)) {
      throw malformed("number is too large");
    }
    return value;
  }

  /**
   * Reads an integer.
   *
   * @param least smallest value allowed
   * @param most largest value allowed
   * @return the next value, in [least, most]
   */
  public int integer(int least, int most) {
    double value = number();
    if (value != Math.rint(value)) {
      throw malformed("is " + value + ", must be a whole number");
    }
    if (value < least || value > most) {
      throw malformed("is " + (long) value + ", must be in [" + least + ", " + most + "]");
    }
    return (int) value;
  }

  /** {@return the next value, an array of finite numbers} */
  public double[] numbers() {
    List<Double> values = new ArrayList<>();
    beginArray();
    while (hasNext()) {
      values.add(number());
    }
    endArray();
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }

  /** Passes over the next value, whatever it is. */
  public void skip() {
    pass(reader::skipValue);
  }

  /** Checks that nothing follows the value read last. */
  public void endDocument() {
    if (pull(reader::peek) != JsonToken.END_DOCUMENT) {
      throw new MalformedInputException(location(), "text follows the end of the JSON value");
    }
  }

  private MalformedInputException expected(String what) {
    JsonToken found = pull(reader::peek);
    return new MalformedInputException(
        location(), reader.getPath() + ": expected " + what + ", found " + found);
  }

  @Override
  public void close() throws IOException {
    reader.close();
  }
}
