package io.github.adaptertwin.gpu.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

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

  @Test
  void slots_are_made_for_the_ranks_that_the_engine_accepts() {
    assertEquals(8, EngineVersion.VLLM_0_8_5.maxLoraRankFor(1));
    assertEquals(16, EngineVersion.VLLM_0_8_5.maxLoraRankFor(9));
    assertThrows(
        IllegalArgumentException.class, () -> EngineVersion.VLLM_0_8_5.maxLoraRankFor(513));
  }
}
