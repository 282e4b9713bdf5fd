package io.github.adaptertwin.placement.cli;

import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.spec.Models;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code adaptertwin models}: the catalogue of base models. */
@Command(
    name = "models",
    description = "Lists the base models that are known by name.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Every name may be followed by data types, such as llama-3.1-8b-instruct:int4:kv-fp8.",
      "",
      "Examples:",
      "  adaptertwin models",
      "  adaptertwin models --json",
      "  adaptertwin models --catalogue mine.json"
    })
final class ModelsCommand implements Callable<Integer> {
  private static final double BILLION = 1e9;
  private static final double KIB = 1024;

  @Mixin private Output output = new Output();

  @Override
  public Integer call() {
    if (output.isJson()) {
      output.json(Models.all().stream().map(ModelsCommand::tree).toList());
      return Main.DONE;
    }
    output
        .out()
        .printf(
            "%-26s %12s %8s %12s %12s %8s%n",
            "name", "parameters", "layers", "KiB/token", "context", "weights");
    for (ModelSpec model : Models.all()) {
      output
          .out()
          .printf(
              Locale.ROOT,
              "%-26s %10.2f B %8d %12.0f %,12d %8s%n",
              model.name(),
              model.parameters() / BILLION,
              model.layers(),
              model.kvBytesPerToken() / KIB,
              model.maxContext(),
              model.weightType().name().toLowerCase(Locale.ROOT));
    }
    return Main.DONE;
  }

  private static Object tree(ModelSpec model) {
    return JsonText.object(
        "name", model.name(),
        "parameters", model.parameters(),
        "layers", model.layers(),
        "hidden", model.hidden(),
        "weightType", model.weightType().name(),
        "weightBytes", model.weightBytes(),
        "kvType", model.kvType().name(),
        "kvBytesPerToken", model.kvBytesPerToken(),
        "maxContext", model.maxContext(),
        "source", model.source());
  }
}
