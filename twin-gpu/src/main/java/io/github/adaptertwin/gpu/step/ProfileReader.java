package io.github.adaptertwin.gpu.step;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.input.JsonInput;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.step.CalibrationProfile.Constant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads a profile from the members of a JSON object, in whatever order they come. */
final class ProfileReader {
  private static final ImmutableList<Constant> FRONT_END_CONSTANTS =
      ImmutableList.of(
          Constant.FRONT_END_RUNNING, Constant.FRONT_END_FIRST_USE, Constant.FRONT_END_POLL);

  private final JsonInput json;
  private final Map<String, String> texts = new LinkedHashMap<>();
  private final Map<String, Double> numbers = new LinkedHashMap<>();
  private final Map<String, double[]> ranges = new LinkedHashMap<>();
  private final Set<String> seen = new LinkedHashSet<>();

  ProfileReader(JsonInput json) {
    this.json = json;
  }

  CalibrationProfile read() {
    members("");
    json.endDocument();
    double version = number("schemaVersion");
    if (version != 1 && version != 2 && version != CalibrationProfile.SCHEMA_VERSION) {
      throw json.malformed(
          "schemaVersion is "
              + version
              + ", this version reads 1 to "
              + CalibrationProfile.SCHEMA_VERSION);
    }
    if (version == 1) {
      // The first version knew no more of the API server than its constant delay.
      for (Constant later : FRONT_END_CONSTANTS) {
        numbers.putIfAbsent(later.key(), 0.0);
      }
    }
    Map<Constant, Double> constants = new LinkedHashMap<>();
    for (Constant constant : Constant.values()) {
      double value = number(constant.key());
      if (!(value >= 0 && value <= CalibrationProfile.LARGEST_PICOS)) {
        throw json.malformed(
            constant.key()
                + " is "
                + value
                + ", must be picoseconds in [0, "
                + CalibrationProfile.LARGEST_PICOS
                + "]; is it in another unit?");
      }
      constants.put(constant, value);
    }
    return new CalibrationProfile(
        text("gpu"),
        text("model"),
        engine(),
        text("provenance"),
        text("fittedError"),
        (int) range("validRange.slots"),
        (int) range("validRange.rank"),
        (int) range("validRange.tokens"),
        constants,
        uncertainty());
  }

  private ProfileUncertainty uncertainty() {
    List<Constant> known = new ArrayList<>();
    List<double[]> rows = new ArrayList<>();
    Set<String> members = new LinkedHashSet<>();
    members.add(CalibrationProfile.UNCERTAINTY + ".stepShare");
    for (Constant constant : Constant.values()) {
      members.add(CalibrationProfile.UNCERTAINTY + "." + constant.key());
      double[] row = ranges.get(CalibrationProfile.UNCERTAINTY + "." + constant.key());
      if (row != null) {
        known.add(constant);
        rows.add(row);
      }
    }
    for (String key : seen) {
      // A misspelt one would pass for a constant that is known without error.
      if (key.startsWith(CalibrationProfile.UNCERTAINTY + ".") && !members.contains(key)) {
        throw json.malformed(
            "unknown member " + key + "; known there are stepShare and the names of constants");
      }
    }
    try {
      return new ProfileUncertainty(
          known, rows, numbers.getOrDefault(CalibrationProfile.UNCERTAINTY + ".stepShare", 0.0));
    } catch (IllegalArgumentException e) {
      throw json.malformed(String.valueOf(e.getMessage()));
    }
  }

  private EngineVersion engine() {
    String name = text("engine");
    for (EngineVersion version : EngineVersion.values()) {
      if (version.name().equals(name)) {
        return version;
      }
    }
    throw json.malformed(
        "engine is '" + name + "', known are " + Arrays.toString(EngineVersion.values()));
  }

  private void members(String prefix) {
    json.beginObject();
    while (json.hasNext()) {
      String key = prefix + json.name();
      if (!seen.add(key)) {
        throw json.malformed("is given twice; leave one out");
      }
      if (json.isObject()) {
        members(key + ".");
      } else if (json.isArray()) {
        ranges.put(key, json.numbers());
      } else if (json.isNumber()) {
        numbers.put(key, json.number());
      } else {
        texts.put(key, json.string());
      }
    }
    json.endObject();
  }

  private double number(String key) {
    Double value = numbers.get(key);
    if (value == null) {
      throw json.malformed("the number " + key + " is missing");
    }
    return value;
  }

  private String text(String key) {
    String value = texts.get(key);
    if (value == null) {
      throw json.malformed("the text " + key + " is missing");
    }
    return value;
  }

  private double range(String key) {
    double[] value = ranges.get(key);
    if (value == null || value.length != 2 || !(value[0] <= value[1])) {
      throw json.malformed("the range " + key + " must be an array of two ascending numbers");
    }
    return value[1];
  }
}
