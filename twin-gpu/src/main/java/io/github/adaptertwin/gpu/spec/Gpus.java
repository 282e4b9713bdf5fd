package io.github.adaptertwin.gpu.spec;

import com.google.common.collect.ImmutableList;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import java.util.List;

/**
 * The catalogue of GPUs. Other cards are made with {@link GpuSpec#builder} or read by {@link
 * CatalogueFile}; {@link #add} lets them be found by name. Thread-safe.
 */
public final class Gpus {
  private static final double GIGA = 1e9;
  private static final double TERA = 1e12;

  private static final Catalogue<GpuSpec> CATALOGUE =
      Catalogue.read(
          "GPU",
          "gpus.csv",
          row ->
              GpuSpec.builder(row.getField("name"))
                  .architecture(row.getField("architecture"))
                  .memoryGib(Double.parseDouble(row.getField("memory_gib")))
                  .bandwidthBytesPerSecond(
                      Double.parseDouble(row.getField("bandwidth_gb_per_s")) * GIGA)
                  .bf16FlopsPerSecond(Double.parseDouble(row.getField("bf16_dense_tflops")) * TERA)
                  .fp8FlopsPerSecond(optional(row, "fp8_dense_tflops") * TERA)
                  .int8OpsPerSecond(optional(row, "int8_dense_tops") * TERA)
                  // The vendor's NVLink figures count both directions.
                  .linkBytesPerSecond(optional(row, "nvlink_gb_per_s") * GIGA / 2)
                  .hostLinkBytesPerSecond(optional(row, "host_link_gb_per_s") * GIGA)
                  .linkedGpus(linkedGpus(row))
                  .smCount(Integer.parseInt(row.getField("sm_count")))
                  .source(row.getField("sources"))
                  .build(),
          GpuSpec::name,
          GpuSpec::sameFigures);

  private Gpus() {}

  /** A bridge joins two; where the column is empty all GPUs of a node are joined. */
  private static int linkedGpus(NamedCsvRecord row) {
    String text = row.getField("nvlink_gpus");
    return text.isEmpty() ? Integer.MAX_VALUE : Integer.parseInt(text);
  }

  private static double optional(NamedCsvRecord row, String column) {
    String text = row.getField(column);
    return text.isEmpty() ? 0 : Double.parseDouble(text);
  }

  /**
   * Finds a card.
   *
   * @param name such as {@code h100-80gb-sxm}; case and punctuation do not matter
   * @return the card
   * @throws IllegalArgumentException if there is no such card; the message lists all
   */
  public static GpuSpec named(String name) {
    return CATALOGUE.get(name);
  }

  /**
   * Adds a card, so that it is found by its name from now on in this process.
   *
   * @param gpu the card
   * @throws IllegalArgumentException if the name is that of a card with other figures, or has
   *     neither ASCII letters nor digits
   */
  public static void add(GpuSpec gpu) {
    CATALOGUE.add(gpu);
  }

  static Catalogue<GpuSpec> catalogue() {
    return CATALOGUE;
  }

  /**
   * Completes a card that was written down without its optional figures.
   *
   * @param gpu some card
   * @return the equal card of the catalogue, or the card itself if there is none
   */
  public static GpuSpec completed(GpuSpec gpu) {
    GpuSpec known = CATALOGUE.find(gpu.name());
    return known != null && known.equals(gpu) ? known : gpu;
  }

  /** {@return all cards in the order of the catalogue, added ones last; unmodifiable} */
  public static List<GpuSpec> all() {
    return ImmutableList.copyOf(CATALOGUE.all().values());
  }
}
