package io.github.adaptertwin.gpu.step;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import java.io.Serializable;
import java.util.List;

/**
 * Which engine is modelled, and the profiles that are known of its step times: from them come the
 * step times of any card and base model. Immutable and thread-safe.
 *
 * @param engine the engine version
 * @param profiles to choose from, at least one; of equally near ones the first is taken, see {@link
 *     StepTimeModel#of(GpuSpec, ModelSpec, Calibration)}
 */
public record Calibration(EngineVersion engine, List<CalibrationProfile> profiles)
    implements Serializable {
  /** Takes an unmodifiable copy of the list. */
  public Calibration {
    profiles = ImmutableList.copyOf(profiles);
    if (profiles.isEmpty()) {
      throw new IllegalArgumentException("there is no calibration profile; give at least one");
    }
  }

  /**
   * {@return what the library brings along}
   *
   * @param engine the engine version
   */
  public static Calibration shipped(EngineVersion engine) {
    return new Calibration(engine, StepTimeModel.profiles());
  }

  /**
   * {@return this calibration with profiles that go before those that it has, wherever they are as
   * near to the card and the base model}
   *
   * @param own profiles, as {@link io.github.adaptertwin.gpu.calibration.Calibrator} fits them
   */
  public Calibration preferring(List<CalibrationProfile> own) {
    return new Calibration(
        engine, ImmutableList.<CalibrationProfile>builder().addAll(own).addAll(profiles).build());
  }
}
