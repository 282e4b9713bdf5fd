package io.github.adaptertwin.gpu.spec;

import com.google.common.collect.ImmutableList;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The catalogue of base models. Other models are made with the constructor of {@link ModelSpec} or
 * read by {@link CatalogueFile}; {@link #add} lets them be found by name. Thread-safe.
 */
public final class Models {
  private static final Catalogue<ModelSpec> CATALOGUE =
      Catalogue.read("model", "models.csv", Models::parse, Models::addedName, ModelSpec::equals);
  private static final String TYPES = ":";
  private static final Set<String> KNOWN_TYPES =
      Set.of("bf16", "fp8", "int8", "int4", "kv-bf16", "kv-fp8");

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
    List<String> parts = List.of(name.split(TYPES, -1));
    if (parts.size() == 1 || isPlain(name, parts)) {
      return CATALOGUE.get(name);
    }
    ModelSpec plain = CATALOGUE.get(parts.get(0));
    WeightType weights = plain.weightType();
    KvType kv = plain.kvType();
    for (String type : parts.subList(1, parts.size())) {
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
   * Whether a name means a model as it is: one that is found, in which a colon is but punctuation,
   * since behind it something else than data types follows.
   */
  private static boolean isPlain(String name, List<String> parts) {
    boolean typed =
        parts.size() > 1
            && CATALOGUE.find(parts.get(0)) != null
            && parts.stream()
                .skip(1)
                .allMatch(type -> KNOWN_TYPES.contains(type.toLowerCase(Locale.ROOT)));
    return !typed && CATALOGUE.find(name) != null;
  }

  /** Refuses names behind which data types could not be told from the name. */
  private static String addedName(ModelSpec model) {
    String name = model.name();
    if (name.contains(TYPES)) {
      throw new IllegalArgumentException(
          "model name '"
              + name
              + "' has a colon, behind which data types are looked for; add the model as '"
              + name.replace(TYPES, "-")
              + "'");
    }
    return name;
  }

  /**
   * Takes the data types off the name of a model.
   *
   * @param name a name that {@link #named} knows
   * @return the part that names the model itself
   */
  public static String withoutTypes(String name) {
    List<String> parts = List.of(name.split(TYPES, -1));
    return isPlain(name, parts) ? name : parts.get(0);
  }

  /**
   * Adds a model, so that it is found by its name from now on in this process.
   *
   * @param model the model
   * @throws IllegalArgumentException if the name is that of a model with other dimensions or data
   *     types, has neither ASCII letters nor digits, or has a colon, behind which {@link #named}
   *     looks for data types
   */
  public static void add(ModelSpec model) {
    CATALOGUE.add(model);
  }

  static Catalogue<ModelSpec> catalogue() {
    return CATALOGUE;
  }

  /** {@return all models in the order of the catalogue, added ones last; unmodifiable} */
  public static List<ModelSpec> all() {
    return ImmutableList.copyOf(CATALOGUE.all().values());
  }
}
