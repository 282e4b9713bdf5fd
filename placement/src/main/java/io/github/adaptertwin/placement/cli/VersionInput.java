package io.github.adaptertwin.placement.cli;

import io.github.adaptertwin.gpu.spec.EngineVersion;
import picocli.CommandLine.Option;

/** Which version of the engine a command speaks of. */
final class VersionInput {
  @Option(
      names = "--engine-version",
      paramLabel = "vllm_0_8_5|vllm_0_12",
      defaultValue = "vllm_0_8_5",
      description =
          "Version of the engine; vllm_0_12 stands for 0.12 and later, of which nothing was"
              + " measured (default: ${DEFAULT-VALUE}).")
  private EngineVersion engine = EngineVersion.VLLM_0_8_5;

  EngineVersion engine() {
    return engine;
  }
}
