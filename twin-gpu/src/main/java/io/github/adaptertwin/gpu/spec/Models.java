package io.github.adaptertwin.gpu.spec;

import com.google.common.collect.ImmutableList;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import java.util.List;

/**
 * The catalogue of base models. Other models are made with the constructor of {@link ModelSpec}.
 */
public final class Models {
  private static final Catalogue<ModelSpec> CATALOGUE =
      Catalogue.read("model", "models.csv", Models::parse);

  private Models() {}

  private static ModelSpec parse(NamedCsvRecord row) {
    return new ModelSpec(
        row.getField("name"),
        Long.parseLong(row.getField("parameters")),
        integer(row, "layers"),
        integer(row, "hidden"),
        integer(row, "intermediate"),
        integer(row, "heads"),
        integer(row, "kv_heads"),
        integer(row, "head_dim"),
        integer(row, "vocabulary"),
        integer(row, "tied_embeddings") == 1,
        integer(row, "qkv_bias") == 1,
        integer(row, "max_context"),
        integer(row, "embedding_lora") == 1,
        switch (row.getField("variant")) {
          case "gemma" -> ModelSpec.Variant.FOUR_NORMS;
          case "qknorm" -> ModelSpec.Variant.QUERY_KEY_NORM;
          case "moe8top2" -> ModelSpec.Variant.EIGHT_EXPERTS;
          default -> ModelSpec.Variant.DENSE;
        },
        row.getField("source"));
  }

  private static int integer(NamedCsvRecord row, String column) {
    return Integer.parseInt(row.getField(column));
  }

  /**
   * Finds a model.
   *
   * @param name such as {@code llama-3.1-8b-instruct}; case and punctuation do not matter
   * @return the model
   * @throws IllegalArgumentException if there is no such model; the message lists all
   */
  public static ModelSpec named(String name) {
    return CATALOGUE.get(name);
  }

  /** {@return all models in the order of the catalogue; unmodifiable} */
  public static List<ModelSpec> all() {
    return ImmutableList.copyOf(CATALOGUE.all().values());
  }
}
