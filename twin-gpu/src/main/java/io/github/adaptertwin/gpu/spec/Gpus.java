package io.github.adaptertwin.gpu.spec;

import com.google.common.collect.ImmutableList;
import java.util.List;

/** The catalogue of GPUs. Other cards are made with {@link GpuSpec#builder}. */
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
                  .smCount(Integer.parseInt(row.getField("sm_count")))
                  .source(row.getField("sources"))
                  .build());

  private Gpus() {}

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

  /** {@return all cards in the order of the catalogue; unmodifiable} */
  public static List<GpuSpec> all() {
    return ImmutableList.copyOf(CATALOGUE.all().values());
  }
}
