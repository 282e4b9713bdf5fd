package io.github.adaptertwin.gpu.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.input.MalformedInputException;
import java.io.StringReader;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CatalogueFileTest {
  private static final String GPU =
      """
      {"name": "rtx-test", "architecture": "Ada", "memoryGib": 23.5,
       "bandwidthGigabytesPerSecond": 1008, "bf16Teraflops": 165.2, "fp8Teraflops": 330.3,
       "hostLinkGigabytesPerSecond": 32, "smCount": 128, "source": "data sheet"}\
      """;
  private static final String MODEL =
      """
      {"name": "small-test", "parameters": 1235814400, "layers": 16, "hidden": 2048,
       "intermediate": 8192, "heads": 32, "kvHeads": 8, "headDim": 64, "vocabulary": 128256,
       "tiedEmbeddings": true, "maxContext": 8192, "embeddingLora": true}\
      """;
  private static final String FILE =
      "{\"schemaVersion\": 1,\n \"gpus\": [" + GPU + "],\n \"models\": [" + MODEL + "]}";

  private static CatalogueFile read(String text) {
    return CatalogueFile.read("mine.json", new StringReader(text));
  }

  @Test
  void cards_and_models_of_a_file_are_found_by_name() {
    CatalogueFile file = read(FILE);
    file.addAll();
    file.addAll();
    GpuSpec gpu = Gpus.named("RTX test");
    assertEquals(1.008e12, gpu.bandwidthBytesPerSecond());
    assertEquals(330.3e12, gpu.flopsPerSecond(WeightType.FP8), 1);
    assertEquals(165.2e12, gpu.flopsPerSecond(WeightType.INT8), 1);
    assertEquals(32e9, gpu.linkBytesPerSecond());
    ModelSpec model = Models.named("small-test");
    assertTrue(model.bf16());
    assertEquals(Models.named("llama-3.2-1b").kvBytesPerToken(), model.kvBytesPerToken());
    assertTrue(Gpus.all().contains(gpu) && Models.all().contains(model));
  }

  @Test
  void a_file_may_give_data_types_and_variants() {
    String types = "\"weightType\": \"int4\", \"kvType\": \"FP8\", \"variant\": \"dense\",";
    ModelSpec model = read(FILE.replace("\"layers\"", types + " \"layers\"")).models().get(0);
    assertSame(WeightType.INT4, model.weightType());
    assertSame(KvType.FP8, model.kvType());
  }

  @Test
  void a_name_never_changes_its_meaning() {
    read(FILE).addAll();
    CatalogueFile other = read(FILE.replace("1008", "1009"));
    Exception e = assertThrows(IllegalArgumentException.class, other::addAll);
    assertTrue(e.getMessage().contains("rtx-test"), e.getMessage());
    CatalogueFile faster = read(FILE.replace("330.3", "340"));
    assertThrows(IllegalArgumentException.class, faster::addAll);
    CatalogueFile known = read(FILE.replace("rtx-test", "H100 80GB SXM"));
    assertThrows(IllegalArgumentException.class, known::addAll);
  }

  @Test
  void a_file_is_added_whole_or_not_at_all() {
    String other = FILE.replace("rtx-test", "first-of-two").replace("small-test", "llama-3.2-1b");
    CatalogueFile known = read(other.replace("8192, \"embed", "8191, \"embed"));
    Exception e = assertThrows(IllegalArgumentException.class, known::addAll);
    assertTrue(e.getMessage().contains("model 'llama-3.2-1b' with other"), e.getMessage());
    assertThrows(IllegalArgumentException.class, () -> Gpus.named("first-of-two"));
    String twice = GPU.replace("rtx-test", "twice");
    CatalogueFile two = read(FILE.replace(GPU, twice + ",\n" + twice.replace("1008", "1009")));
    assertThrows(IllegalArgumentException.class, two::addAll);
    assertThrows(IllegalArgumentException.class, () -> Gpus.named("twice"));
  }

  @Test
  void names_that_could_not_be_found_are_refused() {
    CatalogueFile card = read(FILE.replace("rtx-test", "\u5361"));
    Exception e = assertThrows(IllegalArgumentException.class, card::addAll);
    assertTrue(e.getMessage().contains("GPU name '\u5361' has none"), e.getMessage());
    CatalogueFile model = read(FILE.replace("small-test", "--"));
    e = assertThrows(IllegalArgumentException.class, model::addAll);
    assertTrue(e.getMessage().contains("model name '--' has none"), e.getMessage());
    assertThrows(IllegalArgumentException.class, () -> Models.named(""));
    CatalogueFile typed = read(FILE.replace("small-test", "acme:v2"));
    e = assertThrows(IllegalArgumentException.class, typed::addAll);
    assertTrue(e.getMessage().contains("as 'acme-v2'"), e.getMessage());
    assertThrows(IllegalArgumentException.class, () -> Models.named("acme-v2"));
    read(FILE.replace("rtx-test", "rtx: test two")).addAll();
    assertEquals("rtx: test two", Gpus.named("rtx test two").name());
  }

  /** A colon before what is no data type is punctuation, as ever. */
  @Test
  void a_colon_within_a_known_name_does_not_matter() {
    assertEquals(Models.named("llama-3.1-8b-instruct"), Models.named("llama-3.1-8b:instruct"));
    assertEquals("llama-3.1-8b:instruct", Models.withoutTypes("llama-3.1-8b:instruct"));
  }

  /** What is replaced, by what, and what the message must name. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"schemaVersion\": 1 | \"schemaVersion\": 7 | schemaVersion",
        "\"schemaVersion\": 1, | \'\' | schemaVersion is missing",
        "\"gpus\" | \"cards\" | unknown member",
        "\"smCount\": 128, | \'\' | smCount is missing",
        "\"smCount\": 128 | \"smCount\": 16384 | multiprocessors, not cores",
        "\"smCount\": 128 | \"smCount\": 12.5 | whole number",
        "\"smCount\": 128 | \"sms\": 128 | unknown member",
        "\"memoryGib\": 23.5 | \"memoryGib\": 24576 | MiB",
        "\"memoryGib\": 23.5 | \"memoryGib\": \"24\" | must be a number",
        "\"memoryGib\": 23.5 | \"memoryGib\": NaN | line 2",
        "\"memoryGib\": 23.5 | \"memoryGib\": 23.5, \"memoryGib\": 24 | twice",
        "1008 | 1.008 | TB/s",
        "1008 | 1008000000000 | bytes/s",
        "165.2 | 0.165 | PFLOP/s",
        "165.2 | 165200000000000 | FLOP/s",
        "330.3 | -1 | fp8Teraflops",
        "\"hostLinkGigabytesPerSecond\": 32 | \"hostLinkGigabytesPerSecond\": 0.032 | TB/s",
        "\"rtx-test\" | \"\" | blank",
        "1235814400 | 1335814400 | its dimensions give 1235814400",
        "\"layers\": 16 | \"layers\": 0 | layers",
        "\"kvHeads\": 8 | \"kvHeads\": 7 | KV heads",
        "\"tiedEmbeddings\": true | \"tiedEmbeddings\": 1 | true or false",
        "\"layers\" | \"weightType\": \"int3\", \"layers\" | bf16, fp8, int8, int4",
        "\"maxContext\": 8192 | \"maxContext\": null | line",
        "\"maxContext\": 8192 | \"maxContext\": 2147483648 | must be at most 2147483647",
        "\"maxContext\": 8192 | \"maxContext\": 0 | 'small-test': maxContext is 0.0",
        "\"name\": \"rtx-test\", | '' | column 12: name is missing; add it",
        "\"source\": \"data sheet\" | \"source\": 7 | text that is not blank",
      })
  void mistakes_are_named_with_file_and_member(String from, String to, String words) {
    String text = FILE.replace(from, to);
    assertTrue(!text.equals(FILE), "nothing was replaced: " + from);
    Exception e = assertThrows(MalformedInputException.class, () -> read(text));
    assertTrue(e.getMessage().contains(words), e.getMessage());
    assertTrue(e.getMessage().startsWith("mine.json, line"), e.getMessage());
  }

  @Test
  void bounds_belong_to_their_ranges() {
    String edges =
        FILE.replace("\"memoryGib\": 23.5", "\"memoryGib\": 2048")
            .replace("1008", "50")
            .replace("\"maxContext\": 8192", "\"maxContext\": 2147483647");
    CatalogueFile file = read(edges);
    assertEquals(2048, file.gpus().get(0).memoryGib());
    assertEquals(50e9, file.gpus().get(0).bandwidthBytesPerSecond());
    assertEquals(Integer.MAX_VALUE, file.models().get(0).maxContext());
    assertEquals(1, read(FILE.replace("8192, \"emb", "1, \"emb")).models().get(0).maxContext());
  }

  @Test
  void a_flag_may_be_said_to_be_false() {
    String text = FILE.replace("\"embeddingLora\": true", "\"embeddingLora\": false");
    assertFalse(read(text).models().get(0).embeddingLora());
    assertFalse(read(FILE).models().get(0).qkvBias());
  }

  @Test
  void text_behind_the_catalogue_is_refused() {
    Exception e = assertThrows(MalformedInputException.class, () -> read(FILE + " {}"));
    assertTrue(e.getMessage().startsWith("mine.json, line"), e.getMessage());
  }

  /** A plan writes down what must be given; read back, the card is the whole one again. */
  @Test
  void a_card_without_optional_figures_is_completed() {
    GpuSpec whole = Gpus.named("h100-80gb-sxm");
    GpuSpec.Builder bare =
        GpuSpec.builder(whole.name())
            .memoryGib(whole.memoryGib())
            .bandwidthBytesPerSecond(whole.bandwidthBytesPerSecond())
            .bf16FlopsPerSecond(whole.bf16FlopsPerSecond())
            .smCount(whole.smCount());
    assertEquals(whole, bare.build());
    assertSame(whole, Gpus.completed(bare.build()));
    GpuSpec other = bare.smCount(100).build();
    assertSame(other, Gpus.completed(other));
  }

  @Test
  void bounds_of_the_builder_detect_units() {
    GpuSpec.Builder card =
        GpuSpec.builder("x").memoryGib(80).bandwidthBytesPerSecond(3.35e12).smCount(132);
    card.bf16FlopsPerSecond(989.4);
    assertTrue(
        assertThrows(IllegalArgumentException.class, card::build).getMessage().contains("TFLOP/s"));
    card.bf16FlopsPerSecond(989.4e12).fp8FlopsPerSecond(1979);
    assertThrows(IllegalArgumentException.class, card::build);
    card.fp8FlopsPerSecond(0).linkBytesPerSecond(450);
    assertThrows(IllegalArgumentException.class, card::build);
    card.linkBytesPerSecond(0).hostLinkBytesPerSecond(Double.NaN);
    assertThrows(IllegalArgumentException.class, card::build);
    card.hostLinkBytesPerSecond(64e9);
    assertEquals(64e9, card.build().linkBytesPerSecond());
    GpuSpec pairs = card.linkBytesPerSecond(300e9).linkedGpus(2).build();
    assertEquals(300e9, pairs.linkBytesPerSecond(2));
    assertEquals(64e9, pairs.linkBytesPerSecond(3));
    card.linkedGpus(1);
    assertThrows(IllegalArgumentException.class, card::build);
    String bridge = FILE.replace("\"smCount\"", "\"linkedGpus\": 2, \"smCount\"");
    assertEquals(2, read(bridge).gpus().get(0).linkedGpus());
    assertEquals(Integer.MAX_VALUE, read(FILE).gpus().get(0).linkedGpus());
    assertEquals(List.of(), read("{\"schemaVersion\": 1}").gpus());
  }
}
