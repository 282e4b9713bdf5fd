package io.github.adaptertwin.gpu.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CatalogueTest {
  @Test
  void names_are_found_whatever_their_case_and_punctuation() {
    assertEquals(Gpus.named("h100-80gb-sxm"), Gpus.named("H100 80GB SXM"));
    assertEquals(Models.named("llama-3.1-8b-instruct"), Models.named("Llama 3.1 8B Instruct"));
  }

  @Test
  void unknown_names_list_the_known_ones() {
    Exception gpu = assertThrows(IllegalArgumentException.class, () -> Gpus.named("b9000"));
    assertTrue(
        gpu.getMessage().contains("b9000") && gpu.getMessage().contains("h100-80gb-sxm"),
        gpu.getMessage());
    assertThrows(IllegalArgumentException.class, () -> Models.named("gpt-9"));
  }

  @Test
  void every_entry_has_a_source_and_possible_figures() {
    for (GpuSpec gpu : Gpus.all()) {
      assertFalse(gpu.source().isBlank(), gpu.name());
      assertTrue(gpu.memoryGib() > 10 && gpu.memoryGib() < 300, gpu.name());
      assertTrue(gpu.bandwidthBytesPerSecond() > 1e11, gpu.name());
      assertTrue(gpu.bf16FlopsPerSecond() > 1e13, gpu.name());
      assertTrue(gpu.smCount() > 10 && !gpu.architecture().isBlank(), gpu.name());
      assertEquals(gpu, Gpus.named(gpu.name()));
      assertEquals(gpu.hashCode(), Gpus.named(gpu.name()).hashCode());
    }
    for (ModelSpec model : Models.all()) {
      assertEquals(2 * model.parameters(), model.weightBytes());
      assertTrue(model.kvBytesPerToken() > 1000);
    }
  }

  @Test
  void llama_has_the_published_dimensions() {
    ModelSpec llama = Models.named("llama-3.1-8b-instruct");
    assertEquals(8_030_261_248L, llama.parameters());
    assertEquals(131_072, llama.kvBytesPerToken());
    assertEquals(4096, llama.queryWidth());
    assertEquals(1024, llama.kvWidth());
  }

  @Test
  void a_model_whose_parameters_do_not_match_its_dimensions_is_refused() {
    ModelSpec m = Models.named("llama-3.1-8b-instruct");
    Exception e =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                new ModelSpec(
                    m.name(),
                    m.parameters(),
                    m.layers() + 1,
                    m.hidden(),
                    m.intermediate(),
                    m.heads(),
                    m.kvHeads(),
                    m.headDim(),
                    m.vocabulary(),
                    m.tiedEmbeddings(),
                    m.qkvBias(),
                    m.maxContext(),
                    m.embeddingLora(),
                    m.variant(),
                    m.source()));
    assertTrue(e.getMessage().contains("8030261248"), e.getMessage());
  }

  @Test
  void a_gpu_of_ones_own_is_checked() {
    GpuSpec own =
        GpuSpec.builder("mine")
            .architecture("hopper")
            .memoryGib(90)
            .bandwidthBytesPerSecond(3e12)
            .bf16FlopsPerSecond(9e14)
            .smCount(100)
            .source("data sheet")
            .build();
    assertEquals(90L << 30, own.memoryBytes());
    assertTrue(own.toString().contains("mine"));
    assertThrows(IllegalArgumentException.class, () -> GpuSpec.builder("x").memoryGib(-1).build());
    assertThrows(
        IllegalArgumentException.class,
        () -> GpuSpec.builder("x").memoryGib(80).bandwidthBytesPerSecond(Double.NaN).build());
    assertThrows(IllegalArgumentException.class, () -> GpuSpec.builder(" ").build());
  }

  private static GpuSpec.Builder plain(String name) {
    return GpuSpec.builder(name)
        .memoryGib(80)
        .bandwidthBytesPerSecond(3e12)
        .bf16FlopsPerSecond(9e14)
        .smCount(100);
  }

  /** The setter of a figure, the ends of its range and what its message calls it. */
  private static Stream<Arguments> ranges() {
    return Stream.of(
        arguments("memory in GiB", 2, 2048, setter(GpuSpec.Builder::memoryGib)),
        arguments("bandwidth", 5e10, 5e13, setter(GpuSpec.Builder::bandwidthBytesPerSecond)),
        arguments("bf16 peak", 5e12, 5e16, setter(GpuSpec.Builder::bf16FlopsPerSecond)),
        arguments("fp8 peak", 5e12, 1e17, setter(GpuSpec.Builder::fp8FlopsPerSecond)),
        arguments("int8 peak", 5e12, 1e17, setter(GpuSpec.Builder::int8OpsPerSecond)),
        arguments("link", 1e9, 1e13, setter(GpuSpec.Builder::linkBytesPerSecond)),
        arguments("host link", 1e9, 2e12, setter(GpuSpec.Builder::hostLinkBytesPerSecond)));
  }

  private static BiConsumer<GpuSpec.Builder, Double> setter(
      BiConsumer<GpuSpec.Builder, Double> setter) {
    return setter;
  }

  @ParameterizedTest
  @MethodSource("ranges")
  void figures_outsideOfAllCards_areRefused(
      String what, double least, double most, BiConsumer<GpuSpec.Builder, Double> setter) {
    for (double value : new double[] {least, most}) {
      GpuSpec.Builder card = plain("edge");
      setter.accept(card, value);
      assertEquals("edge", card.build().name());
    }
    for (double value : new double[] {Math.nextDown(least), Math.nextUp(most)}) {
      GpuSpec.Builder card = plain("edge");
      setter.accept(card, value);
      String message = assertThrows(IllegalArgumentException.class, card::build).getMessage();
      assertTrue(message.startsWith("GPU 'edge': " + what + " is "), message);
      assertTrue(message.contains("no GPU is outside"), message);
    }
    GpuSpec.Builder card = plain("edge");
    setter.accept(card, -1.0);
    String message = assertThrows(IllegalArgumentException.class, card::build).getMessage();
    assertTrue(message.endsWith("is -1.0, must be finite and above 0"), message);
  }

  @Test
  void anAddedCard_isFoundFromThenOn() {
    GpuSpec own =
        plain("added by CatalogueTest").architecture("Hopper").hostLinkBytesPerSecond(5e10).build();
    Gpus.add(own);
    assertSame(own, Gpus.named("ADDED-BY-CATALOGUETEST"));
    assertEquals(5e10, Gpus.named("added by CatalogueTest").hostLinkBytesPerSecond());
    GpuSpec other = plain("added by CatalogueTest").smCount(99).build();
    assertThrows(IllegalArgumentException.class, () -> Gpus.add(other));
  }

  @Test
  void anAddedModel_isFoundFromThenOn() {
    ModelSpec llama = Models.named("llama-3.2-1b");
    ModelSpec own =
        new ModelSpec(
            "added-by-catalogue-test",
            llama.parameters(),
            llama.layers(),
            llama.hidden(),
            llama.intermediate(),
            llama.heads(),
            llama.kvHeads(),
            llama.headDim(),
            llama.vocabulary(),
            llama.tiedEmbeddings(),
            llama.qkvBias(),
            llama.maxContext(),
            llama.embeddingLora(),
            llama.variant(),
            "a test");
    Models.add(own);
    assertSame(own, Models.named("Added by catalogue test"));
    assertEquals("added-by-catalogue-test:fp8", Models.named(own.name() + ":fp8").name());
  }

  @Test
  void slots_are_made_for_the_ranks_that_the_engine_accepts() {
    assertEquals(8, EngineVersion.VLLM_0_8_5.maxLoraRankFor(1));
    assertEquals(16, EngineVersion.VLLM_0_8_5.maxLoraRankFor(9));
    assertEquals(256, EngineVersion.VLLM_0_8_5.maxLoraRankFor(256));
    assertEquals(1, EngineVersion.VLLM_0_12.maxLoraRankFor(1));
    for (int rank : new int[] {0, 257}) {
      Exception e =
          assertThrows(
              IllegalArgumentException.class, () -> EngineVersion.VLLM_0_8_5.maxLoraRankFor(rank));
      assertTrue(e.getMessage().endsWith("a rank in [1, 256]"), e.getMessage());
    }
    assertThrows(
        IllegalArgumentException.class, () -> EngineVersion.VLLM_0_8_5.maxLoraRankFor(513));
  }
}
