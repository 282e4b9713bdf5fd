package io.github.adaptertwin.gpu.step;

import com.google.common.collect.ImmutableMap;
import com.google.gson.stream.JsonWriter;
import io.github.adaptertwin.core.input.JsonInput;
import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.Serializable;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;

/**
 * Constants of the step-time law for one GPU, base model and engine version, with what they were
 * fitted on. All times are picoseconds. Immutable and thread-safe.
 *
 * @param gpu name of the card
 * @param model name of the base model
 * @param engine version of the engine
 * @param provenance what the constants were fitted on, and how
 * @param fittedError the error that the fit reached, on which measure
 * @param mostSlots largest number of slots that was measured
 * @param largestRank largest {@code max_lora_rank} that was measured
 * @param mostTokens largest step that was measured, in tokens
 * @param constants the constants by name, each at least 0
 * @param uncertainty how far the constants and the law may be off
 */
public record CalibrationProfile(
    String gpu,
    String model,
    EngineVersion engine,
    String provenance,
    String fittedError,
    int mostSlots,
    int largestRank,
    int mostTokens,
    Map<Constant, Double> constants,
    ProfileUncertainty uncertainty)
    implements Serializable {
  static final int SCHEMA_VERSION = 3;
  static final String UNCERTAINTY = "uncertainty";
  private static final double PICOS_PER_SECOND = 1e12;

  /** No term of a step is dearer than this for one unit; a larger figure is in a wrong unit. */
  static final double LARGEST_PICOS = 1e12;

  /** Names of the constants, as they stand in a profile file. */
  public enum Constant {
    /** Every step with LoRA enabled: reading the weights, launches, host work. */
    BASE("basePicos"),
    /** Each token of the step after padding. */
    TOKEN("tokenPicos"),
    /** Each KV token that a decoding request or a later chunk reads. */
    CONTEXT_TOKEN("contextTokenPicos"),
    /** Each thread block of the LoRA kernels' launch grids, whether it has work or not. */
    BLOCK("blockPicos"),
    /** Each distinct adapter in the step. */
    ADAPTER("adapterPicos"),
    /** Each distinct adapter, times {@code max_lora_rank}. */
    ADAPTER_RANK("adapterRankPicos"),
    /** Each distinct adapter, times {@code max_cpu_loras}. */
    ADAPTER_REGISTERED("adapterRegisteredPicos"),
    /**
     * Each distinct adapter in a step below 128 padded tokens, where the shrink kernel splits K.
     */
    ADAPTER_LOW_TOKENS("adapterLowTokensPicos"),
    /** Each distinct adapter in a step above 512 tokens, which runs without a CUDA graph. */
    ADAPTER_MANY_TOKENS("adapterManyTokensPicos"),
    /** Each request left waiting. */
    WAITING("waitingPicos"),
    /** Each waiting request that the scheduler passes over. */
    SKIPPED("skippedPicos"),
    /** Copying one adapter from host memory into a slot. */
    HOST_LOAD("hostLoadPicos"),
    /** Reading one adapter from disk: constant part. */
    DISK_LOAD_BASE("diskLoadBasePicos"),
    /** Reading one adapter from disk: each unit of its rank. */
    DISK_LOAD_RANK("diskLoadRankPicos"),
    /** From arrival at the server to arrival in the engine's queue. */
    FRONT_END("frontEndPicos"),
    /** Delay of a first token in the API server for each running request. */
    FRONT_END_RUNNING("frontEnd.runningPicos"),
    /** Time of the API server at the first request of an adapter. */
    FRONT_END_FIRST_USE("frontEnd.firstUsePicos"),
    /** Polls of the API server's metrics; see {@link FrontEnd#pollShare()}. */
    FRONT_END_POLL("frontEnd.pollPicos"),
    /** Every step of an engine without LoRA. */
    BASE_WITHOUT_LORA("withoutLora.basePicos"),
    /** Each token of a step of an engine without LoRA. */
    TOKEN_WITHOUT_LORA("withoutLora.tokenPicos");

    private final String key;

    Constant(String key) {
      this.key = key;
    }

    /** Name in a profile file. */
    String key() {
      return key;
    }

    /** Whether it is part of the time of a step, and not of loads or of the API server. */
    boolean ofStep() {
      return switch (this) {
        case HOST_LOAD,
            DISK_LOAD_BASE,
            DISK_LOAD_RANK,
            FRONT_END,
            FRONT_END_RUNNING,
            FRONT_END_FIRST_USE,
            FRONT_END_POLL ->
            false;
        default -> true;
      };
    }
  }

  /** Takes an unmodifiable copy and checks that no constant is missing. */
  public CalibrationProfile {
    for (Constant constant : Constant.values()) {
      Double value = constants.get(constant);
      if (value == null || !(value >= 0 && value <= LARGEST_PICOS)) {
        throw new IllegalArgumentException(
            "profile of "
                + model
                + " on "
                + gpu
                + ": "
                + constant.key
                + " is "
                + value
                + ", must be picoseconds in [0, "
                + LARGEST_PICOS
                + "]");
      }
    }
    constants = ImmutableMap.copyOf(constants);
  }

  /**
   * {@return one constant}
   *
   * @param constant which
   */
  public double get(Constant constant) {
    Double value = constants.get(constant);
    if (value == null) {
      throw new AssertionError(constant);
    }
    return value;
  }

  /**
   * {@return this profile with other constants}
   *
   * @param values the constants, each at least 0
   * @param newProvenance what they were fitted on
   * @param newError the error that was reached
   */
  public CalibrationProfile withConstants(
      Map<Constant, Double> values, String newProvenance, String newError) {
    return new CalibrationProfile(
        gpu,
        model,
        engine,
        newProvenance,
        newError,
        mostSlots,
        largestRank,
        mostTokens,
        values,
        uncertainty);
  }

  /**
   * {@return this profile with another uncertainty}
   *
   * @param value what a fit left open
   */
  public CalibrationProfile withUncertainty(ProfileUncertainty value) {
    return new CalibrationProfile(
        gpu,
        model,
        engine,
        provenance,
        fittedError,
        mostSlots,
        largestRank,
        mostTokens,
        constants,
        value);
  }

  /**
   * Draws a profile from the law of what the fit left open. Predictions with some tens of draws
   * give the interval around a prediction.
   *
   * @param stream where the randomness comes from
   * @return a profile; this one's constants if nothing is known of its error
   */
  public CalibrationProfile draw(RandomStream stream) {
    return withConstants(
        uncertainty.draw(constants, stream), "drawn from: " + provenance, fittedError);
  }

  /**
   * Writes the profile.
   *
   * @return a JSON object with a schema version, as {@link #read} takes it
   */
  public String toJson() {
    StringWriter text = new StringWriter();
    try (JsonWriter json = new JsonWriter(text)) {
      json.setIndent("  ");
      json.beginObject();
      json.name("schemaVersion").value(SCHEMA_VERSION);
      json.name("gpu").value(gpu);
      json.name("model").value(model);
      json.name("engine").value(engine.name());
      json.name("provenance").value(provenance);
      json.name("fittedError").value(fittedError);
      json.name("validRange").beginObject();
      json.name("slots").beginArray().value(leastOf(mostSlots)).value(mostSlots).endArray();
      json.name("rank").beginArray().value(leastOf(largestRank)).value(largestRank).endArray();
      json.name("tokens").beginArray().value(1).value(mostTokens).endArray();
      json.endObject();
      String group = "";
      for (Constant constant : Constant.values()) {
        int dot = constant.key.indexOf('.');
        String own = dot < 0 ? "" : constant.key.substring(0, dot);
        if (!own.equals(group)) {
          if (!group.isEmpty()) {
            json.endObject();
          }
          if (!own.isEmpty()) {
            json.name(own).beginObject();
          }
          group = own;
        }
        json.name(constant.key.substring(dot + 1)).value(get(constant));
      }
      if (!group.isEmpty()) {
        json.endObject();
      }
      if (uncertainty.known()) {
        writeUncertainty(json);
      }
      json.endObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text + "\n";
  }

  private void writeUncertainty(JsonWriter json) throws IOException {
    json.name(UNCERTAINTY).beginObject();
    json.name("stepShare").value(uncertainty.stepShare());
    for (int c = 0; c < uncertainty.constants().size(); c++) {
      json.name(uncertainty.constants().get(c).key).beginArray();
      for (double value : uncertainty.factor().get(c)) {
        json.value(value);
      }
      json.endArray();
    }
    json.endObject();
  }

  private static int leastOf(int most) {
    return Math.min(8, most);
  }

  /**
   * {@return this profile with its fitted constants replaced by round figures of the right order
   * for an 8B-class model on an H100: a neutral start for a fit}
   */
  public CalibrationProfile roundStart() {
    Map<Constant, Double> values = new EnumMap<>(constants);
    values.put(Constant.BASE, 13e9);
    values.put(Constant.TOKEN, 43e6);
    values.put(Constant.BLOCK, 700.0);
    values.put(Constant.ADAPTER, 0.2e9);
    values.put(Constant.ADAPTER_RANK, 2e6);
    values.put(Constant.ADAPTER_REGISTERED, 0.35e6);
    values.put(Constant.ADAPTER_LOW_TOKENS, 0.15e9);
    values.put(Constant.ADAPTER_MANY_TOKENS, 0.2e9);
    values.put(Constant.WAITING, 0.2e6);
    return withConstants(values, "round figures", "not scored")
        .withUncertainty(ProfileUncertainty.NONE);
  }

  /** {@return what the API server in front of the engine adds} */
  public FrontEnd frontEnd() {
    return new FrontEnd(
        get(Constant.FRONT_END) / PICOS_PER_SECOND,
        get(Constant.FRONT_END_RUNNING) / PICOS_PER_SECOND,
        get(Constant.FRONT_END_FIRST_USE) / PICOS_PER_SECOND,
        get(Constant.FRONT_END_POLL) / PICOS_PER_SECOND);
  }

  /** Reads a profile that the jar brings along. */
  static CalibrationProfile resource(String name) {
    InputStream stream = CalibrationProfile.class.getResourceAsStream(name);
    if (stream == null) {
      throw new IllegalStateException("the jar lacks its resource " + name);
    }
    try (Reader text = new InputStreamReader(stream, StandardCharsets.UTF_8)) {
      return read(name, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads a profile.
   *
   * @param source name of the text in messages, usually the file name
   * @param text a JSON object; not closed
   * @return the profile
   * @throws io.github.adaptertwin.core.input.MalformedInputException if the text is no valid
   *     profile; the message names line and column
   */
  public static CalibrationProfile read(String source, Reader text) {
    return new ProfileReader(JsonInput.of(source, text)).read();
  }
}
