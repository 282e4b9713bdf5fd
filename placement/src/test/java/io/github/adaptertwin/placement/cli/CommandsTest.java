package io.github.adaptertwin.placement.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.adaptertwin.placement.export.ExportFormat;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandsTest extends CommandLineCase {
  private static final String TRACE =
      """
      arrival_s,adapter,input_tokens,output_tokens
      0.0,sql,120,40
      0.5,,300,80
      1.25,chat,64,200
      2.0,sql,100,30
      """;

  private void withInput(String text, Runnable action) {
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    try {
      action.run();
    } finally {
      System.setIn(before);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "place",
        "evaluate",
        "replace",
        "compare",
        "simulate",
        "summarize",
        "calibrate",
        "train",
        "memory",
        "models",
        "gpus"
      })
  void every_command_has_help_with_examples_and_json(String command) {
    assertEquals(0, run(command, "--help"));
    assertTrue(out.toString().contains("Examples:"), out.toString());
    assertTrue(out.toString().contains("adaptertwin " + command), out.toString());
    assertTrue(out.toString().contains("--json"), out.toString());
  }

  @Test
  void a_plan_is_printed_drawn_exported_and_evaluated() throws IOException {
    String workload = file("w.json", WORKLOAD);
    Path report = folder.resolve("report.html");
    Path plan = folder.resolve("plan.json");
    Path deploy = folder.resolve("deploy");
    JsonObject printed =
        json(
                "place",
                "--workload",
                workload,
                "--json",
                "--html",
                report.toString(),
                "-o",
                plan.toString(),
                "--export",
                "vllm,aibrix,kserve,llm-d,router",
                "--export-dir",
                deploy.toString())
            .getAsJsonObject();
    assertEquals(1, printed.getAsJsonArray("gpus").size());
    assertEquals(printed, JsonParser.parseString(Files.readString(plan)));
    assertTrue(Files.readString(report).startsWith("<!DOCTYPE html>"));
    try (Stream<Path> files = Files.list(deploy)) {
      assertEquals(ExportFormat.values().length, files.count());
    }
    JsonObject verdict =
        json("evaluate", "--plan", plan.toString(), "--workload", workload, "--json")
            .getAsJsonObject();
    assertTrue(verdict.get("feasible").getAsBoolean());
    assertEquals(
        3, verdict.getAsJsonArray("gpus").get(0).getAsJsonObject().get("replications").getAsInt());
    assertEquals(0, run("evaluate", "--plan", plan.toString(), "--workload", workload));
    assertTrue(out.toString().contains("completed %"), out.toString());
  }

  @Test
  void a_plan_that_breaks_a_rule_is_infeasible() throws IOException {
    String workload = file("w.json", WORKLOAD);
    Path plan = folder.resolve("plan.json");
    assertEquals(0, run("place", "--workload", workload, "-o", plan.toString()));
    assertEquals(
        3,
        run("evaluate", "--plan", plan.toString(), "--workload", workload, "--ttft-p95", "0.0001"));
    assertTrue(out.toString().contains("TTFT"), out.toString());
  }

  @Test
  void standard_input_takes_workloads_plans_and_traces() throws IOException {
    withInput(WORKLOAD, () -> assertEquals(0, run("place", "--workload", "-", "--json")));
    String plan = out.toString();
    String workload = file("w.json", WORKLOAD);
    withInput(
        plan,
        () ->
            assertEquals(
                0, run("evaluate", "--plan", "-", "--workload", workload), err.toString()));
    withInput(TRACE, () -> assertEquals(0, run("summarize", "-", "--json"), err.toString()));
    assertEquals(
        4, JsonParser.parseString(out.toString()).getAsJsonObject().get("requests").getAsInt());
  }

  @Test
  void a_trace_that_names_adapters_is_planned_for_these() throws IOException {
    StringBuilder rows = new StringBuilder("arrival_s,adapter,input_tokens,output_tokens\n");
    for (int i = 0; i < 60; i++) {
      rows.append(10 * i).append(i % 3 == 0 ? ",chat,64,200\n" : ",sql,100,30\n");
    }
    String trace = file("t.csv", rows.toString());
    JsonObject plan = json("place", "--trace", trace, "--json").getAsJsonObject();
    String ids =
        plan.getAsJsonArray("gpus").get(0).getAsJsonObject().getAsJsonArray("adapters").toString();
    assertTrue(ids.contains("\"sql\"") && ids.contains("\"chat\""), ids);
  }

  @Test
  void simulate_tells_the_same_figures_as_text_and_json() throws IOException {
    String workload = file("w.json", WORKLOAD);
    JsonObject report = json("simulate", "--workload", workload, "--json").getAsJsonObject();
    assertEquals(0, run("simulate", "--workload", workload));
    assertTrue(
        out.toString()
            .contains(
                report.getAsJsonObject("requests").get("completed").getAsInt() + " completed"),
        out.toString());
    JsonObject series =
        json("simulate", "--workload", workload, "--series", "200", "--json").getAsJsonObject();
    assertEquals(3, series.getAsJsonArray("series").size());
    JsonObject drawn =
        json("simulate", "--workload", workload, "--draws", "8", "--json").getAsJsonObject();
    JsonArray itl = drawn.getAsJsonObject("intervals90").getAsJsonArray("itlSeconds");
    double mean = report.getAsJsonObject("itlSeconds").get("mean").getAsDouble();
    assertTrue(itl.get(0).getAsDouble() < mean && mean < itl.get(2).getAsDouble(), itl + "");
    assertEquals(0, run("simulate", "--workload", workload, "--draws", "4"), err.toString());
    assertTrue(out.toString().contains("(90 %, 4 draws)"), out.toString());
  }

  @Test
  void summarize_draws_a_picture() throws IOException {
    Path svg = folder.resolve("t.svg");
    assertEquals(0, run("summarize", file("t.csv", TRACE), "--svg", svg.toString()));
    assertTrue(Files.readString(svg).startsWith("<svg"));
    assertTrue(out.toString().contains("requests 4"), out.toString());
  }

  @Test
  void cards_and_models_of_a_file_are_known_to_every_command() throws IOException {
    String mine =
        file(
            "mine.json",
            """
            {"schemaVersion": 1,
             "gpus": [{"name": "own-card", "architecture": "Hopper", "memoryGib": 79.2,
                       "bandwidthGigabytesPerSecond": 3000, "bf16Teraflops": 900,
                       "smCount": 120}]}
            """);
    assertEquals(0, run("gpus", "--catalogue", mine), err.toString());
    assertTrue(out.toString().contains("own-card"), out.toString());
    assertEquals(0, run("--catalogue", mine, "memory", "--gpu", "own-card"), err.toString());
    String escape =
        file(
            "escape.json",
            Files.readString(Path.of(mine))
                .replace("own-card", "own card\\u001b")
                .replace("79.2", "78"));
    assertEquals(2, run("gpus", "--catalogue", escape));
    assertTrue(err.toString().contains("'own card\\u001b'"), err.toString());
    String broken = file("broken.json", "{\"schemaVersion\": 2}");
    assertEquals(2, run("models", "--catalogue", broken));
    assertTrue(err.toString().startsWith("error: broken.json, line 1"), err.toString());
    assertEquals(2, run("models", "--catalogue", folder.resolve("none.json").toString()));
    assertTrue(err.toString().contains("there is no file"), err.toString());
  }

  @Test
  void memory_answers_for_data_types_groups_and_targets() {
    JsonObject plain = json("memory", "--slots", "8", "--ranks", "16", "--json").getAsJsonObject();
    JsonObject small =
        json(
                "memory",
                "--model",
                "llama-3.1-8b-instruct:fp8:kv-fp8",
                "--slots",
                "8",
                "--ranks",
                "16",
                "--targets",
                "q_proj,v_proj",
                "--max-cpu-loras",
                "100",
                "--json")
            .getAsJsonObject();
    assertEquals(0, plain.getAsJsonArray("extrapolated").size());
    assertEquals(1, small.getAsJsonArray("extrapolated").size());
    JsonObject most = plain.getAsJsonArray("most").get(0).getAsJsonObject();
    JsonObject more = small.getAsJsonArray("most").get(0).getAsJsonObject();
    assertTrue(more.get("mostSlots").getAsInt() > most.get("mostSlots").getAsInt());
    assertTrue(more.get("kvTokensOfSlot").getAsDouble() > most.get("kvTokensOfSlot").getAsDouble());
    // 100 adapters on 32 layers: A and B of q, and of v, at rank 16 in bf16.
    long adapter = 32L * 2 * 16 * (4096 + 4096 + 4096 + 1024);
    assertEquals(100 * adapter, more.get("pinnedHostBytes").getAsLong());
    assertEquals(0, run("memory", "--model", "llama-3.1-70b", "--tensor-parallel-size", "4"));
    assertTrue(out.toString().contains("note: memory on each of 4 GPUs"), out.toString());
    assertEquals(2, run("memory", "--targets", "q"));
  }

  @Test
  void memory_table_agrees_with_its_json() {
    JsonObject table =
        json("memory", "--slots", "8,4096", "--ranks", "16", "--json").getAsJsonObject();
    JsonArray settings = table.getAsJsonArray("settings");
    assertTrue(settings.get(0).getAsJsonObject().get("starts").getAsBoolean());
    JsonObject refused = settings.get(1).getAsJsonObject();
    assertEquals("OUT_OF_MEMORY", refused.get("reason").getAsString());
    assertEquals(0, run("memory", "--slots", "8,4096", "--ranks", "16"));
    String tokens =
        String.format(
            Locale.ROOT, "%,d", settings.get(0).getAsJsonObject().get("kvTokens").getAsLong());
    assertTrue(out.toString().contains(tokens), out.toString());
    assertTrue(out.toString().contains("no start"), out.toString());
  }

  @Test
  void catalogues_are_listed() {
    assertTrue(json("gpus", "--json").getAsJsonArray().size() > 5);
    assertTrue(json("models", "--json").getAsJsonArray().size() > 5);
    assertEquals(0, run("gpus"));
    assertTrue(out.toString().contains("h100-80gb-sxm"));
    assertEquals(0, run("models"));
    assertTrue(out.toString().contains("qwen2.5-7b-instruct"));
  }

  @Test
  void compare_judges_all_by_the_same_twin() throws IOException {
    String workload = file("w.json", WORKLOAD);
    JsonArray rows =
        json(
                "compare",
                "--workload",
                workload,
                "--algorithms",
                "adaptertwin,least_loaded",
                "--gpus",
                "2",
                "--json")
            .getAsJsonArray();
    assertEquals(2, rows.size());
    assertEquals(1, rows.get(0).getAsJsonObject().get("gpus").getAsInt());
    assertEquals(2, rows.get(1).getAsJsonObject().get("gpus").getAsInt());
    assertEquals(
        0, run("compare", "--workload", workload, "--algorithms", "random", "--gpus", "1"));
    assertTrue(out.toString().contains("random"), out.toString());
  }

  @Test
  void a_surrogate_is_trained_and_written() throws IOException {
    Path file = folder.resolve("surrogate.json");
    Path rows = folder.resolve("rows.csv");
    JsonObject words =
        json(
                "train",
                "--workload",
                file("w.json", WORKLOAD),
                "--runs",
                "80",
                "--horizon",
                "60",
                "--rows",
                rows.toString(),
                "--dispersion",
                "2",
                "--output",
                file.toString(),
                "--json")
            .getAsJsonObject();
    String plan = words.get("plan").getAsString();
    assertTrue(plan.contains("dispersion Range[least=1.0, most=2.0]"), plan);
    assertTrue(words.get("heldOut").getAsString().contains("ITL MAPE"), words.toString());
    assertTrue(Files.exists(file) && Files.exists(rows));
  }

  @Test
  void published_runs_are_calibrated() throws IOException {
    Path runs = Path.of(System.getProperty("twin.measurements", ""), "serving-runs.csv");
    assumeTrue(Files.exists(runs), "no published runs");
    List<String> lines = Files.readAllLines(runs);
    List<String> some = new ArrayList<>(lines.subList(0, 1));
    for (int i = 1; i < lines.size(); i += 8) {
      some.add(lines.get(i));
    }
    Path profile = folder.resolve("profile.json");
    JsonObject fit =
        json(
                "calibrate",
                "--runs",
                file("runs.csv", String.join("\n", some) + "\n"),
                "--model",
                "llama-3.1-8b-instruct",
                "--output",
                profile.toString(),
                "--json")
            .getAsJsonObject();
    double error =
        fit.getAsJsonArray("errors")
            .get(0)
            .getAsJsonObject()
            .get("throughputSmapePercent")
            .getAsDouble();
    assertTrue(error < 5, "throughput is within 5 % in sample, not " + error);
    assertTrue(Files.exists(profile));
  }

  @Test
  void published_steps_are_calibrated() {
    Path steps = Path.of(System.getProperty("twin.measurements", ""), "engine-steps.csv");
    assumeTrue(Files.exists(steps), "no published steps");
    Path profile = folder.resolve("profile.json");
    String[] args = {
      "calibrate",
      "--steps",
      steps.toString(),
      "--model",
      "qwen2.5-7b-instruct",
      "--output",
      profile.toString(),
      "--leave-one-out"
    };
    assertEquals(0, run(args), err.toString());
    assertTrue(out.toString().contains("kept: measure runs that differ in max_lora_rank"));
    assertTrue(out.toString().contains("left out   above 512 tokens"), out.toString());
    assertTrue(err.toString().contains("passed over") && Files.exists(profile), err.toString());
  }

  @Test
  void completion_and_version_are_there() {
    assertEquals(0, run("generate-completion"));
    assertTrue(out.toString().contains("_complete_adaptertwin"), "a completion function");
    assertTrue(out.toString().contains("--host-memory-gib"), "of the commands that there are");
    assertEquals(0, run("--version"));
    assertTrue(out.toString().startsWith("AdapterTwin "), out.toString());
  }

  /** One mistake: the text of a file, the arguments (FILE is its path), the code, the words. */
  record Mistake(String file, String args, int code, String words) {
    @Override
    public String toString() {
      return args + " -> " + code + " " + words;
    }
  }

  private static Mistake bad(String file, String args, String words) {
    return new Mistake(file, args, 2, words);
  }

  private static Mistake workload(String from, String to, String words) {
    return bad(WORKLOAD.replace(from, to), "place --workload FILE", words);
  }

  private static Mistake trace(String text, String words) {
    return bad(text, "summarize FILE", words);
  }

  private static Mistake calibration(String from, String to, String words) {
    String runs =
        """
        id,model,adapters,adapter_slots,max_lora_rank,rates_rps,ranks,duration_s,status,arrivals,\
        mean_requested_input_tokens,mean_requested_output_tokens,throughput_tok_s,mean_itl_ms
        r1,llama-3.1-8b,8,8,16,0.1 0.05,8 16,3600,ok,1736,223.6,195.9,201.78,14.74
        """;
    return bad(
        runs.replace(from, to),
        "calibrate --runs FILE --model llama-3.1-8b --output x.json",
        words);
  }

  static List<Mistake> mistakes() {
    String azure = "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.0,";
    return List.of(
        bad("", "fly", "fly"),
        bad("", "place --surprise", "--surprise"),
        bad("", "place --gpu b9000", "b9000"),
        bad("", "place --gpus 0", "at least one GPU"),
        bad("", "place --gpus many", "many"),
        bad("", "place --model qwen2.5-7b-instruct", "--model is for traces only"),
        bad(WORKLOAD, "place --workload FILE --adapters 10", "--adapters is for traces only"),
        bad("", "simulate --alpha 1.2", "--alpha is for traces only"),
        bad("", "simulate --ranks 8", "--ranks is for traces only"),
        bad("", "simulate --slots 0", "--slots is 0, must be at least 1"),
        bad("", "memory --ranks 16,12", "12, which is no max_lora_rank"),
        bad("", "memory --ranks 300", "rank 300 is not accepted"),
        bad("", "place --oracle delphi", "delphi"),
        bad("", "place --ttft-p95 0", "bound is 0.0 s"),
        bad("", "place --itl-p95 NaN", "NaN"),
        bad("", "place --max-model-len -5", "-5"),
        bad("", "place --max-num-seqs 0", "0"),
        bad("", "place --export teapot", "teapot"),
        bad("", "place --export vllm --adapter-path /adapters", "{id}"),
        bad("", "place --workload missing.json", "missing.json"),
        bad("", "place --workload FILE --trace FILE", "mutually exclusive"),
        bad("", "place --workload FILE", "FILE"),
        bad("[1]", "place --workload FILE", "line 1"),
        workload("\"schemaVersion\": 1", "\"schemaVersion\": 99", "99"),
        workload("llama-3.1-8b-instruct", "gpt-9", "gpt-9"),
        workload("\"ratePerSecond\": 0.5", "\"ratePerSecond\": -1", "-1"),
        workload("\"ratePerSecond\": 0.5", "\"ratePerSecond\": NaN", "line 3"),
        workload("\"ratePerSecond\": 0.5", "\"ratePerSecond\": 0", "0"),
        workload("\"ratePerSecond\": 0.5", "\"ratePerSecond\": 1e999", "line 3, column 60"),
        workload("\"ratePerSecond\": 0.5", "\"ratePerSecond\": \"fast\"", "expected a number"),
        workload("\"rank\": 8", "\"rank\": 8.5", "8.5"),
        workload("\"rank\": 8", "\"rank\": 0", "0"),
        workload("\"rank\": 8", "\"rank\": 500", "500"),
        workload("\"id\": \"b\"", "\"id\": \"a\"", "'a'"),
        workload("\"id\": \"b\"", "\"id\": \"\"", "blank"),
        workload("\"horizonSeconds\": 600", "\"horizonSeconds\": 0", "horizon"),
        workload("\"inputTokens\": 250", "\"inputTokens\": 0", "0"),
        workload("\"fixed\"", "\"astrology\"", "astrology"),
        workload("\"lengths\"", "\"lenghts\"", "'lengths' is missing"),
        workload("}]}", "}]} 7", "line 4"),
        workload("}]}", "}", "line 5, column 1"),
        bad(
            WORKLOAD.replaceAll("(?s)\\{\"id\".*\\]", "]"),
            "place --workload FILE",
            "workload is empty"),
        bad(WORKLOAD, "place --workload FILE --seed luck", "luck"),
        bad(WORKLOAD, "place --workload FILE -o FILE/plan.json", "plan.json"),
        bad(WORKLOAD, "place --workload FILE --export vllm --export-dir FILE", "FILE"),
        bad(WORKLOAD, "place --workload FILE --max-num-batched-tokens 16", "16"),
        bad(WORKLOAD, "place --workload FILE --gpu-memory-utilization 0", "0"),
        bad(WORKLOAD, "place --workload FILE --max-model-len 100", "100"),
        bad(WORKLOAD, "train --workload FILE --rows FILE --output x.json", "FILE"),
        bad("", "summarize missing.csv", "missing.csv"),
        trace("", "FILE"),
        trace("a,b,c\n1,2,3\n", "line 1"),
        trace(azure + "-5,4\n", "-5"),
        trace(azure + "5\n", "line 2"),
        trace(azure + "5,x\n", "'x'"),
        trace("TIMESTAMP,ContextTokens,GeneratedTokens\nyesterday,5,4\n", "yesterday"),
        trace(TRACE.replace("1.25", "-1"), "line 4"),
        trace(TRACE.replace("1.25", "NaN"), "NaN"),
        trace(TRACE.replace("64,200", "64,2e9"), "2e9"),
        trace(TRACE.replace("2.0", "1.0"), "line 5"),
        trace(TRACE.replace("sql,100", "\"sql,100"), "line 5"),
        bad("", "summarize", "FILE[.gz]"),
        bad(TRACE, "place --trace FILE --ranks 500", "500"),
        bad(azure + "5,4\n", "place --trace FILE --adapters 0", "0"),
        bad(azure + "5,4\n", "place --trace FILE --alpha NaN", "NaN"),
        bad(azure + "5,4\n", "place --trace FILE --ranks 8,x", "x"),
        bad(azure + "5,4\n", "place --trace FILE --model gpt-9", "gpt-9"),
        bad("{}", "evaluate --plan FILE", "schemaVersion"),
        bad("{\"schemaVersion\": 99}", "evaluate --plan FILE", "99"),
        bad("{\"surprise\": 1}", "evaluate --plan FILE", "surprise"),
        bad("", "place --headroom -1", "headroom is -1"),
        bad("", "place --host-memory-gib 0", "host memory is 0.0 GiB"),
        bad("", "place --host-memory-gib NaN", "host memory is NaN GiB"),
        bad("", "place --host-memory-gib 1e9", "at most 1048576"),
        bad("", "place --tensor-parallel-size 0", "share the model is 0"),
        bad("", "place --tensor-parallel-size 3", "cannot be split over 3 GPUs"),
        bad("", "place --tensor-parallel-size 4 --gpus 3", "no offer of the pool has the 4 cards"),
        bad("", "place --tensor-parallel-size 2 --oracle surrogate", "another oracle"),
        bad("", "place --export vllm,teapot", "[vllm, aibrix, kserve, llm-d, router] and all"),
        bad("", "place --export kserve --namespace Serving_1", "namespace 'Serving_1'"),
        bad("", "place --export", "--export"),
        bad("", "place --burst-cv 0", "burst gap CV"),
        bad("", "train --runs 0 --output x.json", "0 runs"),
        bad("", "train --runs many --output x.json", "many"),
        bad("", "train --horizon 0 --output x.json", "horizon"),
        bad("", "train --gpu b9000 --output x.json", "b9000"),
        bad("", "train --workload missing.json --output x.json", "missing.json"),
        bad("", "train --output no/such/folder/x.json", "no/such/folder"),
        bad(WORKLOAD.replace("8b-instruct", "9b"), "train --workload FILE --output x", "3.1-9b"),
        bad("", "train", "--output"),
        bad("", "calibrate --runs missing.csv --model llama-3.1-8b --output x", "missing.csv"),
        calibration(",ok,", ",maybe,", "maybe"),
        calibration(",14.74", ",fast", "fast"),
        calibration(",14.74", ",-3", "-0.003"),
        calibration(",14.74", ",NaN", "mean_itl_ms is 'NaN', must be finite"),
        calibration(",14.74", ",0.01474", "another unit"),
        calibration(",1736,", ",,", "arrivals"),
        calibration("8 16", "8 x", "'x'"),
        calibration(",ranks,", ",rank,", "ranks is missing"),
        bad("", "calibrate --steps missing.csv --model llama-3.1-8b --output x", "missing.csv"),
        bad("model\n", "calibrate --steps FILE --model llama-3.1-8b --output x", "0 steps"),
        bad("", "calibrate --model llama-3.1-8b --output x", "--runs"),
        bad("id,model\n", "calibrate --runs FILE --model llama-3.1-8b --output x", "FILE"),
        bad("", "calibrate --runs FILE --model gpt-9 --output x", "gpt-9"),
        bad("", "calibrate --runs FILE --model llama-3.1-8b", "--output"),
        bad("", "calibrate --runs FILE --output x", "--model"),
        bad("", "calibrate --runs FILE --model llama-3.1-8b --gpu b9000 --output x", "b9000"),
        bad("", "evaluate", "--plan"),
        bad("", "evaluate --plan FILE --headroom 0.2", "--headroom"),
        bad("", "evaluate --plan FILE --burst-cv 2", "--burst-cv"),
        bad("", "evaluate --plan FILE --survive-loss", "--survive-loss"),
        bad("", "evaluate --plan FILE --gpus 2", "--gpus"),
        bad("", "evaluate --plan FILE --oracle twin", "--oracle"),
        bad("{}", "evaluate --plan FILE --ttft-p95 -1", "bound is -1.0 s"),
        bad("not json", "evaluate --plan FILE", "FILE"),
        bad("", "evaluate --plan missing.json", "missing.json"),
        bad("", "simulate --slots -1", "-1"),
        bad("", "simulate --gpu-memory-utilization 1.5", "1.5"),
        bad("", "simulate --series -1", "-1"),
        bad("", "simulate --draws 1", "at least 2"),
        bad("", "simulate --max-model-len 1000000", "1000000"),
        bad("", "memory --model gpt-9", "gpt-9"),
        bad("", "memory --ranks 0", "0"),
        bad("", "memory --slots -1", "-1"),
        bad("", "memory --slots a", "'a'"),
        bad("", "memory --targets head", "unknown target module 'head'"),
        bad("", "memory --gpu b9000", "b9000"),
        bad("", "memory --tensor-parallel-size 5", "cannot be split over 5 GPUs"),
        bad("", "memory --gpu-memory-utilization NaN", "NaN"),
        bad("", "compare --algorithms magic", "magic"),
        bad("", "compare --gpus 0", "at least one GPU"),
        bad("", "compare --gpus 2 --tensor-parallel-size 4", "has the 4 cards"),
        bad("", "compare --algorithms random --gpus 2 --tensor-parallel-size 4", "has the 4 cards"),
        bad("", "compare --gpu b9000", "b9000"),
        bad("", "compare --workload missing.json", "missing.json"),
        bad("", "models --catalogue missing.json", "missing.json"),
        bad("{\"schemaVersion\": 9}", "models --catalogue FILE", "9"),
        bad("", "models llama", "llama"),
        bad("", "gpus --catalogue missing.json", "missing.json"),
        bad("[]", "gpus --catalogue FILE", "line 1"),
        bad("", "gpus --surprise", "--surprise"),
        new Mistake(WORKLOAD.replace("0.5", "200"), "place --no-such", 2, "--no-such"),
        new Mistake("", "simulate --slots 4000", 3, "OUT_OF_MEMORY"),
        new Mistake("", "place --ttft-p95 0.001 --oracle steady_state --gpus 1", 3, "infeasible"));
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void mistakes_are_told_in_a_line_with_an_exit_code(Mistake mistake) throws IOException {
    String path = file("input.txt", mistake.file());
    String[] args =
        Stream.of(mistake.args().split(" ", -1))
            .map(a -> a.equals("FILE") ? path : a)
            .toArray(String[]::new);
    assertEquals(mistake.code(), run(args), err.toString());
    String words = mistake.words().equals("FILE") ? "input.txt" : mistake.words();
    assertTrue(err.toString().contains(words), err.toString());
    assertFalse(err.toString().contains("\tat "), err.toString());
    assertEquals("", out.toString(), "nothing but the message");
  }

  @Test
  void infeasible_work_says_that_nothing_was_written() throws IOException {
    Path report = folder.resolve("report.html");
    String workload = file("w.json", WORKLOAD);
    String[] args = {
      "place",
      "--workload",
      workload,
      "--ttft-p95",
      "0.0001",
      "--gpus",
      "1",
      "--html",
      report.toString()
    };
    assertEquals(3, run(args));
    assertTrue((out + "" + err).contains("nothing was written"), err.toString());
    assertFalse(Files.exists(report));
  }

  @Test
  void mistakes_in_arguments_do_not_scroll_away() {
    assertEquals(2, run("place", "--gpus", "many"));
    List<String> lines = err.toString().lines().toList();
    assertEquals(2, lines.size(), err.toString());
    assertTrue(lines.get(0).startsWith("error: Invalid value for option '--gpus'"), lines.get(0));
    assertEquals("see 'adaptertwin place --help' for all options", lines.get(1));
  }

  @Test
  void help_breaks_no_example() {
    for (String command : List.of("place", "evaluate", "compare", "calibrate", "train", "memory")) {
      assertEquals(0, run(command, "--help"));
      String examples = out.toString().substring(out.toString().indexOf("Examples:"));
      examples
          .lines()
          .skip(1)
          .forEach(line -> assertTrue(line.isEmpty() || line.startsWith("  "), line));
    }
  }

  @Test
  void sets_of_cards_are_planned_and_told() throws IOException {
    String large = file("large.json", WORKLOAD.replace("3.1-8b-instruct", "3.1-70b:fp8"));
    Path plan = folder.resolve("plan.json");
    Path deploy = folder.resolve("deploy");
    String[] args = {
      "place",
      "--workload",
      large,
      "--gpu",
      "h100-80gb-sxm",
      "--tensor-parallel-size",
      "4",
      "--host-memory-gib",
      "64",
      "--gpus",
      "7",
      "-o",
      plan.toString(),
      "--export",
      "all",
      "--export-dir",
      deploy.toString()
    };
    assertEquals(0, run(args), err.toString());
    assertTrue(
        out.toString().contains("1 GPU, sets that make 4 cards (lower bound 1);"), out.toString());
    assertTrue(out.toString().contains("--tensor-parallel-size 4"), out.toString());
    assertTrue(out.toString().contains("note: step time on 4 GPUs"), out.toString());
    assertTrue(Files.readString(plan).contains("\"tensorParallel\": 4"), "in the plan");
    assertTrue(Files.readString(deploy.resolve("kserve.yaml")).contains("tensor: 4"), "exported");
    JsonObject verdict =
        json("evaluate", "--plan", plan.toString(), "--workload", large, "--json")
            .getAsJsonObject();
    assertTrue(verdict.get("feasible").getAsBoolean());
  }

  @Test
  void a_failed_command_leaves_no_half_file() throws IOException {
    Path plan = folder.resolve("no-such-folder").resolve("plan.json");
    assertEquals(2, run("place", "--workload", file("w.json", WORKLOAD), "-o", plan.toString()));
    assertFalse(Files.exists(plan));
  }
}
