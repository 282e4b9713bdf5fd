package io.github.adaptertwin.gpu.step;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.adaptertwin.core.input.MalformedInputException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;

/**
 * Calibration profiles of any text: they are read, and then read again as they are written, or
 * refused by a {@link MalformedInputException} whose message is one line.
 */
class CalibrationProfileFuzzTest {
  @FuzzTest
  void profile(byte[] bytes) {
    CalibrationProfile profile;
    try {
      profile =
          CalibrationProfile.read(
              "profile.json", new StringReader(new String(bytes, StandardCharsets.UTF_8)));
    } catch (MalformedInputException e) {
      String message = e.getMessage();
      assertTrue(
          message != null
              && message.startsWith("profile.json")
              && message.chars().noneMatch(c -> c < ' '),
          () -> "not one line that names the file: " + message);
      return;
    }
    profile.frontEnd();
    assertEquals(profile, CalibrationProfile.read("again", new StringReader(profile.toJson())));
  }
}
