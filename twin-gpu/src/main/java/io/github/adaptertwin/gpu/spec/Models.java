package io.github.adaptertwin.gpu.spec;

import com.google.common.collect.ImmutableList;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import java.util.List;
import java.util.Locale;

/**
 * The catalogue of base models. Other models are made with the constructor of {@link ModelSpec} or
 * read by {@link CatalogueFile}; {@link #add} lets them be found by name. Thread-safe.
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
   * Finds a model. Behind the name of a model other data types may follow: {@code
   * llama-3.1-8b-instruct:int4:kv-fp8} has weights of four bits and a KV cache of eight.
   *
   * @param name such as {@code llama-3.1-8b-instruct}; case and punctuation do not matter
   * @return the model
   * @throws IllegalArgumentException if there is no such model or data type; the message lists all
   */
  public static ModelSpec named(String name) {
    String[] parts = name.split(":", -1);
    if (parts.length == 1 || CATALOGUE.find(name) != null) {
      return CATALOGUE.get(name);
    }
    ModelSpec plain = CATALOGUE.get(parts[0]);
    WeightType weights = plain.weightType();
    KvType kv = plain.kvType();
    for (String type : List.of(parts).subList(1, parts.length)) {
      switch (type.toLowerCase(Locale.ROOT)) {
        case "bf16" -> weights = WeightType.BF16;
        case "fp8" -> weights = WeightType.FP8;
        case "int8" -> weights = WeightType.INT8;
        case "int4" -> weights = WeightType.INT4;
        case "kv-bf16" -> kv = KvType.BF16;
        case "kv-fp8" -> kv = KvType.FP8;
        default ->
            throw new IllegalArgumentException(
                "unknown data type '"
                    + type
                    + "' in '"
                    + name
                    + "'; known are bf16, fp8, int8, int4 for weights, kv-bf16 and kv-fp8");
      }
    }
    return plain.withTypes(weights, kv);
  }

  /**
   * Takes the data types off the name of a model.
   *
   * @param name a name that {@link #named} knows
   * @return the part that names the model itself
   */
  public static String withoutTypes(String name) {
    int types = name.indexOf(':');
    return types < 0 || CATALOGUE.find(name) != null ? name : name.substring(0, types);
  }

  /**
   * Adds a model, so that it is found by its name from now on in this process.
   *
   * @param model the model
   * @throws IllegalArgumentException if the name is that of a model with other dimensions
   */
  public static void add(ModelSpec model) {
    CATALOGUE.add(model.name(), model, ModelSpec::equals);
  }

  /** {@return all models in the order of the catalogue, added ones last; unmodifiable} */
  public static List<ModelSpec> all() {
    return ImmutableList.copyOf(CATALOGUE.all().values());
  }
}
