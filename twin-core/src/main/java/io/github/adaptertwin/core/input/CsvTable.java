package io.github.adaptertwin.core.input;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.util.function.Consumer;

/**
 * A CSV text (RFC 4180) with a header, row by row, whose columns are known by name. What cannot be
 * used is told with source and line.
 */
public final class CsvTable {
  private CsvTable() {}

  /**
   * Reads a table.
   *
   * @param source its name in messages, usually the file name
   * @param text the text, with a header; closed afterwards
   * @param use is given each row in order; may throw {@link Row#malformed}
   * @throws MalformedInputException if the text is no such table, or its bytes are not UTF-8
   * @throws IOException if the text cannot be read
   */
  public static void forEach(String source, Reader text, Consumer<Row> use) throws IOException {
    try (CsvReader<NamedCsvRecord> records = CsvReader.builder().ofNamedCsvRecord(text)) {
      for (NamedCsvRecord fields : records) {
        use.accept(new Row(source, fields));
      }
    } catch (CsvParseException e) {
      throw new MalformedInputException(
          SourceLocation.of(source), "not the CSV expected here: " + e.getMessage(), e);
    } catch (UncheckedIOException e) {
      if (e.getCause() instanceof CharacterCodingException) {
        throw new MalformedInputException(
            SourceLocation.of(source),
            "the bytes are not UTF-8 text; convert the file or fetch it again",
            e);
      }
      throw e.getCause();
    }
  }

  /** One row of a table. Immutable. */
  public static final class Row {
    private final String source;
    private final NamedCsvRecord fields;

    private Row(String source, NamedCsvRecord fields) {
      this.source = source;
      this.fields = fields;
    }

    /**
     * Tells whether there is a value.
     *
     * @param column name of the column
     * @return whether the table has the column, and the row something in it
     */
    public boolean has(String column) {
      return fields.findField(column).filter(text -> !text.isEmpty()).isPresent();
    }

    /**
     * Gives a value as it stands.
     *
     * @param column name of the column
     * @return the text, empty if there is nothing in the column
     * @throws MalformedInputException if the table has no such column
     */
    public String text(String column) {
      return fields
          .findField(column)
          .orElseThrow(() -> malformed("the column " + column + " is missing"));
    }

    /**
     * Gives a number.
     *
     * @param column name of the column
     * @return the number, finite
     * @throws MalformedInputException if the column is missing, or holds no finite number
     */
    public double number(String column) {
      return number(column, text(column));
    }

    /**
     * Gives a number, or what stands for it where there is none.
     *
     * @param column name of the column
     * @param otherwise what is returned where {@link #has} is false
     * @return the number, finite, or {@code otherwise}
     * @throws MalformedInputException if the column holds something that is no finite number
     */
    public double numberOr(String column, double otherwise) {
      return has(column) ? number(column) : otherwise;
    }

    /**
     * Reads a part of a value.
     *
     * @param column name of the column, for the message
     * @param text the part
     * @return the number, finite
     * @throws MalformedInputException if it is no finite number
     */
    public double number(String column, String text) {
      double value;
      try {
        value = Double.parseDouble(text);
      } catch (NumberFormatException e) {
        throw malformed(column + " is '" + text + "', expected a number");
      }
      if (!Double.isFinite(value)) {
        throw malformed(column + " is '" + text + "', must be finite");
      }
      return value;
    }

    /**
     * Gives a whole number.
     *
     * @param column name of the column
     * @return the number
     * @throws MalformedInputException if the column is missing, or holds no whole number within
     *     2^31
     */
    public int integer(String column) {
      return integer(column, text(column));
    }

    /**
     * Reads a part of a value.
     *
     * @param column name of the column, for the message
     * @param text the part
     * @return the number
     * @throws MalformedInputException if it is no whole number within 2^31
     */
    public int integer(String column, String text) {
      double value = number(column, text);
      if (value != Math.rint(value) || Math.abs(value) > Integer.MAX_VALUE) {
        throw malformed(column + " is '" + text + "', expected a whole number");
      }
      return (int) value;
    }

    /**
     * Makes a complaint about the row.
     *
     * @param problem what is wrong, with the value, the bound and the remedy
     * @return an exception to throw that names source and line
     */
    public MalformedInputException malformed(String problem) {
      return new MalformedInputException(
          new SourceLocation(source, fields.getStartingLineNumber(), 0), problem);
    }
  }
}
