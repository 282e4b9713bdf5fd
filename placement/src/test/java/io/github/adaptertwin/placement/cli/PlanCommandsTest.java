package io.github.adaptertwin.placement.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.adaptertwin.gpu.step.CalibrationProfile;
import io.github.adaptertwin.gpu.step.StepTimeModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What place, evaluate and replace do with a user's own profiles, engines and updates. */
class PlanCommandsTest extends CommandLineCase {
  /** A profile of the library as a user's own, with steps that take so many times as long. */
  private String profile(String model, double factor) throws IOException {
    CalibrationProfile shipped =
        StepTimeModel.profiles().stream()
            .filter(p -> p.model().startsWith(model))
            .findFirst()
            .orElseThrow();
    Map<CalibrationProfile.Constant, Double> slower =
        new EnumMap<>(CalibrationProfile.Constant.class);
    shipped.constants().forEach((constant, value) -> slower.put(constant, value * factor));
    return file(
        model + "-profile.json",
        shipped.withConstants(slower, "runs of a colleague", "not scored").toJson());
  }

  private static double itl(JsonElement plan) {
    return plan.getAsJsonObject()
        .getAsJsonArray("gpus")
        .get(0)
        .getAsJsonObject()
        .getAsJsonObject("predicted")
        .get("meanItlSeconds")
        .getAsDouble();
  }

  @Test
  void step_times_of_ones_own_are_planned_with() throws IOException {
    String workload = file("w.json", WORKLOAD);
    String own = profile("llama-3.1-8b", 2);
    JsonElement plan = json("place", "-q", "-w", workload, "--json");
    Path report = folder.resolve("report.html");
    JsonElement slower =
        json(
            "place", "-q", "-w", workload, "--json", "--profile", own, "--html", report.toString());
    assertTrue(Files.readString(report).contains("runs of a colleague (error: not scored)"));
    assertEquals(2, itl(slower) / itl(plan), 0.1);
    String file = file("plan.json", plan.toString());
    double judged =
        json("evaluate", "-q", "-p", file, "-w", workload, "--profile", own, "--json")
            .getAsJsonObject()
            .getAsJsonArray("gpus")
            .get(0)
            .getAsJsonObject()
            .getAsJsonObject("meanItlSeconds")
            .get("mean")
            .getAsDouble();
    assertEquals(itl(slower), judged, 0.05 * judged);
    double simulated =
        json("simulate", "-w", workload, "--profile", own, "--json")
            .getAsJsonObject()
            .getAsJsonObject("itlSeconds")
            .get("mean")
            .getAsDouble();
    assertEquals(itl(slower), simulated, 0.05 * simulated);
  }

  @Test
  void a_profile_that_would_not_be_used_is_refused() throws IOException {
    String other = profile("qwen2.5-7b", 2);
    assertEquals(2, run("place", "-q", "-w", file("w.json", WORKLOAD), "--profile", other));
    assertTrue(
        err.toString()
            .contains("no --profile would be used for llama-3.1-8b-instruct on h100-64gb-sxm"),
        err.toString());
    String own = profile("llama-3.1-8b", 2);
    String[] surrogate = {
      "place", "-w", file("w.json", WORKLOAD), "--profile", own, "--oracle", "surrogate"
    };
    assertEquals(2, run(surrogate));
    assertTrue(err.toString().contains("choose another oracle"), err.toString());
    assertEquals(2, run("simulate", "--profile", folder.resolve("none.json").toString()));
    assertTrue(err.toString().contains("there is no file"), err.toString());
  }

  @Test
  void a_later_engine_is_told_as_not_measured() throws IOException {
    String workload = file("w.json", WORKLOAD);
    assertEquals(0, run("place", "-q", "-w", workload, "--engine-version", "vllm_0_12"));
    assertTrue(out.toString().contains("note: step time under VLLM_0_12"), out.toString());
    assertEquals(0, run("memory", "--ranks", "320", "--engine-version", "vllm_0_12"));
    assertEquals(2, run("memory", "--ranks", "320"));
  }

  @Test
  void a_plan_is_updated_in_place() throws IOException {
    String workload = file("w.json", WORKLOAD);
    String plan = file("plan.json", json("place", "-q", "-w", workload, "--json").toString());
    Path updated = folder.resolve("updated.json");
    String more = file("more.json", WORKLOAD.replace("\"a\"", "\"c\""));
    String[] replace = {"replace", "-q", "-p", plan, "-w", more, "-o", updated.toString()};
    assertEquals(0, run(replace), err.toString());
    assertTrue(
        out.toString()
            .contains(
                "adapters to load 1 (0.1 s from disk), of 1 adapters; engines to start again 0,"
                    + " to add 0, to give up 0"),
        out.toString());
    JsonObject told =
        json(
                "replace",
                "-q",
                "-p",
                plan,
                "-w",
                more,
                "--json",
                "--export",
                "vllm",
                "--export-dir",
                folder.resolve("deploy").toString())
            .getAsJsonObject();
    assertEquals("[\"c\"]", told.getAsJsonObject("change").get("movedAdapters").toString());
    assertEquals(JsonParser.parseString(Files.readString(updated)), told.get("plan"));
    assertTrue(Files.readString(folder.resolve("deploy/vllm-serve.sh")).contains("c=/adapters/c"));
  }

  @Test
  void what_an_update_would_change_without_a_word_is_refused() throws IOException {
    String workload = file("w.json", WORKLOAD);
    String plan = json("place", "-q", "-w", workload, "--json").toString();
    String qwen = file("q.json", WORKLOAD.replace("llama-3.1-8b", "qwen2.5-7b"));
    assertEquals(2, run("replace", "-p", file("plan.json", plan), "-w", qwen));
    assertTrue(err.toString().contains("the workload asks for qwen2.5-7b"), err.toString());
    String two =
        json(
                "place",
                "-q",
                "-w",
                workload,
                "--gpus",
                "2",
                "--objective",
                "lowest_latency",
                "--json")
            .toString();
    int second = two.lastIndexOf("h100-64gb-sxm");
    String mixed =
        two.substring(0, second) + two.substring(second).replaceFirst("h100-64", "a100-80");
    assertEquals(2, run("replace", "-p", file("mixed.json", mixed), "-w", workload));
    assertTrue(err.toString().contains("GPU 1 of the placement is"), err.toString());
  }

  @Test
  void the_cheapest_offer_of_a_card_counts_wherever_it_stands() throws IOException {
    String pool = "h100-80gb-sxm@3,h100-80gb-sxm:1@2,a100-80gb-sxm@2.5";
    assertEquals(0, run("place", "-q", "-w", file("w.json", WORKLOAD), "--pool", pool));
    assertTrue(out.toString().contains("at 2.00 per hour"), out.toString());
  }

  @Test
  void an_update_that_cannot_be_says_why() throws IOException {
    String plan =
        file("plan.json", json("place", "-q", "-w", file("w.json", WORKLOAD), "--json").toString());
    String busy = file("busy.json", WORKLOAD.replace("0.25", "300"));
    assertEquals(3, run("replace", "-q", "-p", plan, "-w", busy, "--gpus", "1"));
    assertTrue(err.toString().contains("infeasible (POOL_EXHAUSTED)"), err.toString());
  }

  @Test
  void requests_beyond_the_context_are_the_reason_and_not_the_pool() throws IOException {
    String longer = file("w.json", WORKLOAD.replace("230}", "131072}"));
    assertEquals(3, run("place", "-q", "-w", longer));
    assertTrue(err.toString().contains("infeasible (REQUEST_TOO_LONG)"), err.toString());
    assertTrue(err.toString().contains("131,322 tokens on average"), err.toString());
    assertTrue(err.toString().contains("a context of 131,072"), err.toString());
  }

  @Test
  void a_cache_in_fp8_is_named_where_the_engine_does_not_have_it() throws IOException {
    String workload = file("w.json", WORKLOAD.replace("8b-instruct\"", "8b-instruct:kv-fp8\""));
    String words = "has KV caches in fp8 on Hopper cards only; on a100-80gb-sxm";
    assertEquals(0, run("place", "-q", "-w", workload, "--gpu", "a100-80gb-sxm"), err.toString());
    assertTrue(out.toString().contains("note: VLLM_0_8_5 " + words), out.toString());
    assertEquals(0, run("place", "-q", "-w", workload, "--gpu", "h100-80gb-sxm"), err.toString());
    assertFalse(out.toString().contains("on Hopper cards only"), out.toString());
  }

  @Test
  void much_host_memory_is_worth_a_note() throws IOException {
    String many =
        """
        {"schemaVersion": 2, "baseModel": "llama-3.1-8b-instruct", "horizonSeconds": 600,
         "lengths": {"law": "fixed", "inputTokens": 250, "outputTokens": 30},
         "sharedAdapters": {"idPrefix": "t", "count": 1000, "ranks": [16],
                            "popularity": {"law": "zipf", "alpha": 0}, "ratePerSecond": 0.5}}
        """;
    assertEquals(0, run("place", "-q", "-w", file("many.json", many)), err.toString());
    assertTrue(
        out.toString().contains("take 78 GiB or more of pinned host memory"), out.toString());
    assertEquals(0, run("place", "-q", "-w", file("w.json", WORKLOAD)), err.toString());
    assertFalse(out.toString().contains("pinned host memory"), out.toString());
  }

  @Test
  void a_pool_with_prices_gives_the_cheapest_mix() throws IOException {
    String workload = file("w.json", WORKLOAD);
    String pool = "h100-80gb-sxm:2@4,a100-80gb-sxm@1.5";
    assertEquals(0, run("place", "-q", "-w", workload, "--pool", pool), err.toString());
    assertTrue(
        out.toString().contains("needs 1 GPU (lower bound 1) at 1.50 per hour;"), out.toString());
    assertTrue(out.toString().contains("0    a100-80gb-sxm"), out.toString());
    String[] first = {"place", "-q", "-w", workload, "--pool", pool, "--objective", "fewest_gpus"};
    assertEquals(0, run(first), err.toString());
    assertTrue(out.toString().contains("0    h100-80gb-sxm"), out.toString());
    assertTrue(out.toString().contains("at 4.00 per hour"), out.toString());
    assertEquals(0, run("place", "-q", "-w", workload, "--pool", "h100-80gb-sxm"));
    assertFalse(out.toString().contains("per hour"), out.toString());
  }

  @Test
  void a_pool_that_cannot_be_read_or_is_given_twice_is_refused() {
    assertEquals(2, run("place", "--pool", "h100-80gb-sxm:two"));
    assertTrue(err.toString().contains("write h100-80gb-sxm:4@2.5"), err.toString());
    assertEquals(2, run("place", "--pool", "h100-80gb-sxm@-1"));
    assertTrue(err.toString().contains("price -1.0"), err.toString());
    assertEquals(2, run("place", "--pool", "h100"));
    assertTrue(err.toString().contains("unknown GPU 'h100'"), err.toString());
    assertEquals(2, run("place", "--pool", "h100-80gb-sxm", "--gpu", "a100-80gb-sxm"));
    assertTrue(err.toString().contains("leave --gpu and --gpus out"), err.toString());
    assertEquals(2, run("place", "--objective", "lowest_latency"));
    assertTrue(err.toString().contains("uses every GPU of the pool"), err.toString());
  }
}
