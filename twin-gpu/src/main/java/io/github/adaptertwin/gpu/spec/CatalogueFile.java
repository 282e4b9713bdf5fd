package io.github.adaptertwin.gpu.spec;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.input.JsonInput;
import io.github.adaptertwin.core.input.MalformedInputException;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * GPUs and base models of a user, read from a JSON file with a schema version; docs/gpu.md lists
 * its members. Immutable and thread-safe.
 *
 * @param gpus the cards of the file, in order
 * @param models the base models of the file, in order
 */
public record CatalogueFile(List<GpuSpec> gpus, List<ModelSpec> models) {
  private static final int SCHEMA_VERSION = 1;
  private static final double GIGA = 1e9;
  private static final double TERA = 1e12;

  /** Takes unmodifiable copies. */
  public CatalogueFile {
    gpus = ImmutableList.copyOf(gpus);
    models = ImmutableList.copyOf(models);
  }

  /**
   * Reads a file.
   *
   * @param file a JSON file in UTF-8
   * @return its cards and models
   * @throws MalformedInputException if it is no valid catalogue; the message names file, line,
   *     member and value
   * @throws IOException if it cannot be read
   */
  public static CatalogueFile read(Path file) throws IOException {
    try (Reader text = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      return read(String.valueOf(file.getFileName()), text);
    }
  }

  /**
   * Reads a text.
   *
   * @param source name of the text in messages, usually the file name
   * @param text a JSON object; not closed
   * @return its cards and models
   * @throws MalformedInputException if it is no valid catalogue
   */
  public static CatalogueFile read(String source, Reader text) {
    JsonInput json = JsonInput.of(source, text);
    ImmutableList.Builder<GpuSpec> gpus = ImmutableList.builder();
    ImmutableList.Builder<ModelSpec> models = ImmutableList.builder();
    boolean versioned = false;
    json.beginObject();
    while (json.hasNext()) {
      String name = json.name();
      switch (name) {
        case "schemaVersion" -> {
          double version = json.number();
          if (version != SCHEMA_VERSION) {
            throw json.malformed("is " + version + ", this version reads " + SCHEMA_VERSION);
          }
          versioned = true;
        }
        case "gpus" -> {
          json.beginArray();
          while (json.hasNext()) {
            gpus.add(gpu(json));
          }
          json.endArray();
        }
        case "models" -> {
          json.beginArray();
          while (json.hasNext()) {
            models.add(model(json));
          }
          json.endArray();
        }
        default -> throw json.malformed("unknown member, known are schemaVersion, gpus and models");
      }
    }
    json.endObject();
    json.endDocument();
    if (!versioned) {
      throw json.malformed("schemaVersion is missing; add \"schemaVersion\": " + SCHEMA_VERSION);
    }
    return new CatalogueFile(gpus.build(), models.build());
  }

  /**
   * Adds all cards and models to {@link Gpus} and {@link Models}, or none.
   *
   * @throws IllegalArgumentException if a name is refused by {@link Gpus#add} or {@link
   *     Models#add}; nothing is added then
   */
  public void addAll() {
    Catalogue.addAll(Gpus.catalogue(), gpus, Models.catalogue(), models);
  }

  private static GpuSpec gpu(JsonInput json) {
    CatalogueEntry e =
        CatalogueEntry.read(
            json,
            List.of(
                "name",
                "architecture",
                "memoryGib",
                "bandwidthGigabytesPerSecond",
                "bf16Teraflops",
                "fp8Teraflops",
                "int8Teraops",
                "linkGigabytesPerSecond",
                "hostLinkGigabytesPerSecond",
                "linkedGpus",
                "smCount",
                "source"));
    return e.build(
        () ->
            GpuSpec.builder(e.text("name"))
                .architecture(e.text("architecture"))
                .memoryGib(e.within("memoryGib", 2, 2048, "in TiB", "in MiB or bytes"))
                .bandwidthBytesPerSecond(
                    GIGA
                        * e.within(
                            "bandwidthGigabytesPerSecond", 50, 50_000, "in TB/s", "in bytes/s"))
                .bf16FlopsPerSecond(
                    TERA * e.within("bf16Teraflops", 5, 50_000, "in PFLOP/s", "in FLOP/s"))
                .fp8FlopsPerSecond(
                    TERA * e.optionalWithin("fp8Teraflops", 5, 100_000, "in PFLOP/s", "in FLOP/s"))
                .int8OpsPerSecond(
                    TERA * e.optionalWithin("int8Teraops", 5, 100_000, "in POPS", "in OP/s"))
                .linkBytesPerSecond(
                    GIGA
                        * e.optionalWithin(
                            "linkGigabytesPerSecond", 1, 10_000, "in TB/s", "in bytes/s"))
                .hostLinkBytesPerSecond(
                    GIGA
                        * e.optionalWithin(
                            "hostLinkGigabytesPerSecond", 1, 2_000, "in TB/s", "in bytes/s"))
                .linkedGpus(e.optionalInteger("linkedGpus", Integer.MAX_VALUE))
                .smCount(e.integer("smCount"))
                .source(e.optionalText("source", "given by the user"))
                .build());
  }

  private static ModelSpec model(JsonInput json) {
    CatalogueEntry e =
        CatalogueEntry.read(
            json,
            List.of(
                "name",
                "parameters",
                "layers",
                "hidden",
                "intermediate",
                "heads",
                "kvHeads",
                "headDim",
                "vocabulary",
                "tiedEmbeddings",
                "qkvBias",
                "maxContext",
                "embeddingLora",
                "variant",
                "weightType",
                "kvType",
                "source"));
    return e.build(
        () ->
            new ModelSpec(
                e.text("name"),
                e.whole("parameters"),
                e.integer("layers"),
                e.integer("hidden"),
                e.integer("intermediate"),
                e.integer("heads"),
                e.integer("kvHeads"),
                e.integer("headDim"),
                e.integer("vocabulary"),
                e.flag("tiedEmbeddings"),
                e.flag("qkvBias"),
                e.integer("maxContext"),
                e.flag("embeddingLora"),
                e.constant("variant", ModelSpec.Variant.DENSE),
                e.constant("weightType", WeightType.BF16),
                e.constant("kvType", KvType.BF16),
                e.optionalText("source", "given by the user")));
  }
}
