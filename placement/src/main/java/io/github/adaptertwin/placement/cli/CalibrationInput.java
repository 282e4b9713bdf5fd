package io.github.adaptertwin.placement.cli;

import static java.util.stream.Collectors.joining;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.step.Calibration;
import io.github.adaptertwin.gpu.step.CalibrationProfile;
import io.github.adaptertwin.gpu.step.StepTimeModel;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which engine is modelled, and profiles of the user's own. */
final class CalibrationInput {
  @Mixin private VersionInput version = new VersionInput();

  @Option(
      names = "--profile",
      paramLabel = "FILE.json",
      description =
          "Step times of your own, as calibrate writes them; goes before what the library knows"
              + " of the same base model. May be given more than once.")
  private List<Path> files = new ArrayList<>();

  /**
   * Reads the profiles.
   *
   * @param cards the cards that are modelled, at least one
   * @param model the base model
   * @throws IllegalArgumentException if there are profiles and none of them would be used: who
   *     gives one wants figures that rest on it
   */
  Calibration read(List<GpuSpec> cards, ModelSpec model) throws IOException {
    Calibration shipped = Calibration.shipped(version.engine());
    if (files.isEmpty()) {
      return shipped;
    }
    ImmutableList.Builder<CalibrationProfile> read = ImmutableList.builder();
    for (Path file : files) {
      read.add(read(file));
    }
    List<CalibrationProfile> own = read.build();
    Calibration calibration = shipped.preferring(own);
    for (GpuSpec card : cards) {
      CalibrationProfile basis = StepTimeModel.of(card, model, calibration).basis();
      if (own.contains(basis)) {
        return calibration;
      }
    }
    throw new IllegalArgumentException(
        "no --profile would be used for "
            + model.name()
            + " on "
            + cards.get(0).name()
            + ": the library has one that is nearer than "
            + own.stream().map(p -> p.model() + " on " + p.gpu()).collect(joining(", "))
            + "; calibrate for this base model on this card");
  }

  /**
   * {@return what is known of step times, for one card}
   *
   * @param card the card
   * @param model the base model
   */
  Calibration read(GpuSpec card, ModelSpec model) throws IOException {
    return read(List.of(card), model);
  }

  private static CalibrationProfile read(Path file) throws IOException {
    try (Reader text = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      return CalibrationProfile.read(file.toString(), text);
    }
  }
}
