package io.github.adaptertwin.placement.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExportSettingsTest {
  private static ExportSettings with(int part, String value) {
    String[] parts = {"hf://m", "/a/{id}", "s3://b/{id}", "ns", "gw", "image"};
    parts[part] = value;
    return new ExportSettings(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], 8000);
  }

  @ParameterizedTest
  @CsvSource({"0,model URI", "3,namespace", "4,gateway", "5,image"})
  void settings_blankText_isRefused(int part, String name) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> with(part, " ")).getMessage();
    assertTrue(message.startsWith(name + " is blank"), message);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void settings_placeWithoutId_isRefused(int part) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> with(part, "/adapters")).getMessage();
    assertTrue(message.contains("would be the same for every adapter"), message);
  }

  @Test
  void settings_portOutsideItsBounds_isRefused() {
    for (int port : new int[] {1, 65_535}) {
      assertEquals(port, new ExportSettings("m", "{id}", "{id}", "ns", "gw", "image", port).port());
    }
    for (int port : new int[] {0, -1, 65_536}) {
      assertThrows(
          IllegalArgumentException.class,
          () -> new ExportSettings("m", "{id}", "{id}", "ns", "gw", "image", port));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "..,%2E%2E",
    ".,%2E",
    "a/../b,a/%2E%2E/b",
    "../..,%2E%2E/%2E%2E",
    "a..b,a..b",
    ".hidden,.hidden",
    "v1.2/x,v1.2/x",
    "..., ..."
  })
  void paths_dotsInIds_stayInTheFolder(String id, String expected) {
    ExportSettings settings = ExportSettings.defaults("m");
    assertEquals("/adapters/" + expected, settings.pathOf(id));
    assertEquals("s3://adapters/" + expected, settings.uriOf(id));
  }
}
