package io.github.adaptertwin.benchmarks;

import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Outcomes that were published for scenarios, by scenario and column. */
final class PublishedOutcomes {
  /** No outcomes are known. */
  static final PublishedOutcomes NONE = new PublishedOutcomes(new LinkedHashMap<>());

  private final Map<String, Map<String, String>> byScenario;

  private PublishedOutcomes(Map<String, Map<String, String>> byScenario) {
    this.byScenario = byScenario;
  }

  static PublishedOutcomes read(Path file) throws IOException {
    Map<String, Map<String, String>> rows = new LinkedHashMap<>();
    try (CsvReader<NamedCsvRecord> csv = CsvReader.builder().ofNamedCsvRecord(file)) {
      for (NamedCsvRecord row : csv) {
        rows.put(row.getField("id"), row.getFieldsAsMap());
      }
    }
    return new PublishedOutcomes(rows);
  }

  /** {@return GPUs of the reference of a scenario, 0 if there is none} */
  int reference(String id) {
    Map<String, String> row = byScenario.get(id);
    String value = row == null ? "" : row.getOrDefault("reference", "");
    return value.isEmpty() ? 0 : Integer.parseInt(value);
  }
}
