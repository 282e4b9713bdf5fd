package io.github.adaptertwin.placement.cli;

import io.github.adaptertwin.placement.Placement;
import io.github.adaptertwin.placement.export.ExportFormat;
import io.github.adaptertwin.placement.export.ExportSettings;
import io.github.adaptertwin.placement.export.Exports;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which deployment files a plan becomes, and where they go. */
final class ExportInput {
  @Option(
      names = "--export",
      paramLabel = "FORMAT,FORMAT",
      split = ",",
      description = "Write deployment files: vllm, aibrix, kserve, llm-d, router, or all.")
  private List<String> exports = new ArrayList<>();

  @Option(
      names = "--export-dir",
      paramLabel = "FOLDER",
      defaultValue = "adaptertwin-export",
      description = "Where to write them (default: ${DEFAULT-VALUE}).")
  private Path exportFolder = Path.of("");

  @Option(
      names = "--model-uri",
      paramLabel = "URI",
      description = "Where the base model's weights are, for exports (default: hf://MODEL).")
  private @Nullable String modelUri;

  @Option(
      names = "--adapter-path",
      paramLabel = "PATH",
      description = "Path of an adapter at the engine (default: /adapters/{id}).")
  private @Nullable String adapterPath;

  @Option(
      names = "--adapter-uri",
      paramLabel = "URI",
      description = "Where controllers fetch an adapter from (default: s3://adapters/{id}).")
  private @Nullable String adapterUri;

  @Option(
      names = "--namespace",
      paramLabel = "NAME",
      description = "Kubernetes namespace of exports (default: default).")
  private @Nullable String namespace;

  /**
   * {@return the formats that are asked for; to be called before long work}
   *
   * @throws IllegalArgumentException if one is not known, or files cannot be made where they should
   *     go
   */
  List<ExportFormat> formats() {
    List<ExportFormat> formats = FormatNames.parse(exports);
    if (!exports.isEmpty() && Files.exists(exportFolder) && !Files.isDirectory(exportFolder)) {
      throw new IllegalArgumentException(exportFolder + " is no folder; name another --export-dir");
    }
    return formats;
  }

  /**
   * {@return settings of the files; to be called before long work}
   *
   * @throws IllegalArgumentException if one of them cannot be used
   */
  ExportSettings settings(String baseModel) {
    ExportSettings usual = ExportSettings.defaults(baseModel);
    return new ExportSettings(
        modelUri == null ? usual.modelUri() : modelUri,
        adapterPath == null ? usual.adapterPath() : adapterPath,
        adapterUri == null ? usual.adapterUri() : adapterUri,
        namespace == null ? usual.namespace() : namespace,
        usual.gateway(),
        usual.image(),
        usual.port());
  }

  /** Writes the files and tells of each; nothing where no format is asked for. */
  void write(Placement plan, ExportSettings settings, List<ExportFormat> formats, Output output)
      throws IOException {
    if (formats.isEmpty()) {
      return;
    }
    for (Path file : Exports.write(plan, settings, formats, exportFolder)) {
      output.note("wrote " + file);
    }
    if (modelUri == null) {
      output.note(
          "note: exports take the weights from "
              + settings.modelUri()
              + "; say where they are by --model-uri, adapters by --adapter-path and"
              + " --adapter-uri");
    }
  }
}
