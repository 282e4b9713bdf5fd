package io.github.adaptertwin.gpu.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.spec.Models;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MemoryModelTest {
  private static MemoryPlan start(String model, int slots, int rank) {
    ModelSpec spec = Models.named(model);
    return MemoryModel.of(Gpus.named("h100-64gb-sxm"), spec)
        .plan(
            EngineFlags.builder()
                .maxLoras(slots)
                .maxCpuLoras(slots)
                .maxLoraRank(rank)
                .maxNumSeqs(2048)
                .maxNumBatchedTokens(2048)
                .maxModelLen(spec.maxContext())
                .build());
  }

  private static long kvTokens(MemoryPlan plan) {
    return assertInstanceOf(MemoryPlan.Fits.class, plan).kvTokens();
  }

  /** Starts of vLLM 0.8.5 on an H100 64 GB, published with arXiv 2602.24044. */
  @ParameterizedTest
  @CsvSource({
    "llama-3.1-8b-instruct, 8, 8, 305104",
    "llama-3.1-8b-instruct, 16, 8, 301520",
    "llama-3.1-8b-instruct, 8, 16, 302000",
    "llama-3.1-8b-instruct, 32, 16, 284176",
    "llama-3.1-8b-instruct, 128, 16, 212032",
  })
  void kv_tokens_are_within_a_fifth_of_a_percent_of_measured_starts(
      String model, int slots, int rank, long measured) {
    assertEquals((double) measured, (double) kvTokens(start(model, slots, rank)), 0.002 * measured);
  }

  @Test
  void every_published_start_and_failure_comes_out() throws IOException {
    Path table = Path.of(System.getProperty("twin.measurements", ""), "kv-capacity.csv");
    assumeTrue(Files.exists(table), "no table of starts");
    List<String> lines = Files.readAllLines(table);
    List<String> wrong = new ArrayList<>();
    int failures = 0;
    for (String line : lines.subList(1, lines.size())) {
      String[] row = line.split(",", -1);
      int slots = Integer.parseInt(row[1]);
      if (slots == 0) {
        continue;
      }
      MemoryPlan plan =
          start(row[0].replace("qwen-2.5", "qwen2.5"), slots, Integer.parseInt(row[2]));
      if (row[3].equals("memory_error")) {
        failures++;
        String expected =
            switch (row[4]) {
              case "kv_lt_max_len" -> "KV_BELOW_MAX_MODEL_LEN";
              case "no_kv_blocks" -> "NO_CACHE_BLOCKS";
              default -> "OUT_OF_MEMORY";
            };
        if (!(plan instanceof MemoryPlan.Refused refused)
            || !refused.reason().name().equals(expected)) {
          wrong.add(line + " -> " + plan);
        }
      } else if (!row[5].isEmpty()) {
        double measured = Double.parseDouble(row[5]);
        if (!(plan instanceof MemoryPlan.Fits fits)
            || Math.abs(fits.kvTokens() - measured) > 0.002 * measured) {
          wrong.add(line + " -> " + plan);
        }
      }
    }
    assertEquals(List.of(), wrong);
    assertEquals(19, failures);
  }

  /**
   * One slot more may leave more KV tokens: where a tensor passes 10 MiB it gets a segment of its
   * own, and the rests of shared segments are gained. Over many slots that does not count.
   */
  @Property(tries = 40)
  void thirty_two_more_slots_leave_fewer_kv_tokens(
      @ForAll @IntRange(min = 1, max = 150) int slots) {
    MemoryPlan fewer = start("qwen2.5-7b-instruct", slots, 8);
    MemoryPlan more = start("qwen2.5-7b-instruct", slots + 32, 8);
    if (more instanceof MemoryPlan.Fits) {
      assertTrue(kvTokens(fewer) > kvTokens(more));
    }
  }

  @Test
  void most_slots_is_the_last_number_that_starts() {
    MemoryModel model =
        MemoryModel.of(Gpus.named("h100-80gb-sxm"), Models.named("llama-3.1-8b-instruct"));
    EngineFlags flags = EngineFlags.builder().maxLoraRank(32).maxModelLen(4096).build();
    int most = model.mostSlots(flags);
    assertTrue(most > 100, "most " + most);
    assertInstanceOf(
        MemoryPlan.Fits.class,
        model.plan(flags.toBuilder().maxLoras(most).maxCpuLoras(most).build()));
    assertInstanceOf(
        MemoryPlan.Refused.class,
        model.plan(flags.toBuilder().maxLoras(most + 1).maxCpuLoras(most + 1).build()));
    // 1,280 rank-16 adapters of Llama-3.1-8B are about 100 GiB of host memory.
    assertEquals(100, model.hostBytes(1280, 16) / (double) (1L << 30), 10);
  }

  private static EngineFlags published(ModelSpec spec, int slots, int rank) {
    return EngineFlags.builder()
        .maxLoras(slots)
        .maxCpuLoras(slots)
        .maxLoraRank(rank)
        .maxNumSeqs(2048)
        .maxNumBatchedTokens(2048)
        .maxModelLen(spec.maxContext())
        .build();
  }

  /** KV bytes from dimensions alone, and what loading took, against every published start. */
  @Test
  void starts_come_out_from_dimensions_and_loads_from_the_replay() throws IOException {
    Path table = Path.of(System.getProperty("twin.measurements", ""), "kv-capacity.csv");
    assumeTrue(Files.exists(table), "no table of starts");
    double gib = 1L << 30;
    int starts = 0;
    List<String> lines = Files.readAllLines(table);
    for (String line : lines.subList(1, lines.size())) {
      String[] row = line.split(",", -1);
      int slots = Integer.parseInt(row[1]);
      if (slots == 0 || row[6].isEmpty()) {
        continue;
      }
      ModelSpec spec = Models.named(row[0]);
      EngineFlags flags = published(spec, slots, Integer.parseInt(row[2]));
      MemoryModel model = MemoryModel.of(Gpus.named("h100-64gb-sxm"), spec);
      assertEquals(Double.parseDouble(row[6]), model.loadedBytes(flags) / gib, 5.0 / 1024, line);
      if (!row[5].isEmpty() && model.fromDimensions().plan(flags) instanceof MemoryPlan.Fits fits) {
        double measured = Double.parseDouble(row[5]) * spec.kvBytesPerToken() / gib;
        assertEquals(measured, fits.kvBytes() / gib, 0.1, line);
        assertEquals(MemoryPlan.Basis.DIMENSIONS, fits.basis());
        starts++;
      }
    }
    assertTrue(starts >= 60, "starts " + starts);
  }

  /**
   * A slot of rank 16 costs 753 KV tokens of Llama-3.1-8B and 1,408 of Qwen2.5-7B by its bytes;
   * what the allocator packs better or worse over 32 slots is up to a quarter.
   */
  @Test
  void a_slot_costs_kv_tokens_in_proportion_to_its_rank() {
    ModelSpec llama = Models.named("llama-3.1-8b-instruct");
    ModelSpec qwen = Models.named("qwen2.5-7b-instruct");
    MemoryModel ofLlama = MemoryModel.of(Gpus.named("h100-64gb-sxm"), llama);
    MemoryModel ofQwen = MemoryModel.of(Gpus.named("h100-64gb-sxm"), qwen);
    assertEquals(753, ofLlama.kvTokensOfSlot(published(llama, 64, 16)), 0.15 * 753);
    assertEquals(1408, ofQwen.kvTokensOfSlot(published(qwen, 64, 16)), 0.25 * 1408);
    refused("slots of rank 32", () -> ofLlama.kvTokensOfSlot(published(llama, 400, 32)));
  }

  /** 256 slots of rank 16 do not start at 131,072 tokens, but at what the message names. */
  @Test
  void the_largest_model_length_starts_and_the_next_does_not() {
    ModelSpec llama = Models.named("llama-3.1-8b-instruct");
    MemoryModel model = MemoryModel.of(Gpus.named("h100-64gb-sxm"), llama);
    EngineFlags flags = published(llama, 256, 16);
    assertInstanceOf(MemoryPlan.Refused.class, model.plan(flags));
    int most = model.mostModelLen(flags);
    assertTrue(most > 100_000 && most < 131_072, "most " + most);
    assertInstanceOf(
        MemoryPlan.Fits.class, model.plan(flags.toBuilder().maxModelLen(most).build()));
    assertInstanceOf(
        MemoryPlan.Refused.class, model.plan(flags.toBuilder().maxModelLen(most + 1).build()));
    assertEquals(0, model.mostModelLen(published(llama, 900, 32)));
  }

  /** Without added vocabulary a slot of Llama no longer holds 256 rows of embeddings. */
  @Test
  void later_engines_hold_no_added_vocabulary() {
    ModelSpec llama = Models.named("llama-3.1-8b-instruct");
    EngineFlags flags = published(llama, 64, 16);
    MemoryModel then = MemoryModel.of(Gpus.named("h100-64gb-sxm"), llama);
    MemoryModel now = MemoryModel.of(Gpus.named("h100-64gb-sxm"), llama, EngineVersion.VLLM_0_12);
    assertTrue(kvTokens(now.plan(flags)) > kvTokens(then.plan(flags)));
    ModelSpec qwen = Models.named("qwen2.5-7b-instruct");
    EngineFlags same = published(qwen, 64, 16);
    assertEquals(
        kvTokens(MemoryModel.of(Gpus.named("h100-64gb-sxm"), qwen).plan(same)),
        kvTokens(
            MemoryModel.of(Gpus.named("h100-64gb-sxm"), qwen, EngineVersion.VLLM_0_12).plan(same)));
  }

  private static void refused(String words, Executable call) {
    Exception e = assertThrows(IllegalArgumentException.class, call);
    assertTrue(e.getMessage().contains(words), e.getMessage());
  }

  @Test
  void flags_outside_their_bounds_are_refused_with_the_value() {
    refused("-1", () -> EngineFlags.builder().maxLoras(-1).build());
    refused("0", () -> EngineFlags.builder().maxNumSeqs(0).build());
    refused("0", () -> EngineFlags.builder().maxModelLen(0).build());
    refused("0", () -> EngineFlags.builder().maxNumBatchedTokens(0).build());
    refused("1.5", () -> EngineFlags.builder().gpuMemoryUtilization(1.5).build());
    refused("NaN", () -> EngineFlags.builder().gpuMemoryUtilization(Double.NaN).build());
    assertTrue(EngineFlags.builder().maxLoras(3).build().toString().contains("3"));
  }
}
