package io.github.adaptertwin.placement.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class OtherSettingsTest {
  private static final OtherSettings CHOSEN = setting(0.1, 1, "");

  private static OtherSettings setting(
      double meanItlSeconds, double p95TtftSeconds, String rejected) {
    return new OtherSettings(8, false, 1_000, 0.95, meanItlSeconds, p95TtftSeconds, rejected);
  }

  @Test
  void a_verdict_names_what_is_worse_and_what_is_better() {
    assertEquals("too slow", setting(0.2, 9, "too slow").verdictBeside(CHOSEN));
    assertEquals("keeps the rules as well", setting(0.104, 1.04, "").verdictBeside(CHOSEN));
    assertEquals(
        "keeps the rules, but first tokens come later", setting(0.09, 2, "").verdictBeside(CHOSEN));
    assertEquals(
        "keeps the rules, but first and further tokens come later",
        setting(0.2, 2, "").verdictBeside(CHOSEN));
    assertEquals(
        "keeps the rules; first tokens come sooner, further ones slower",
        setting(0.2, 0.5, "").verdictBeside(CHOSEN));
    assertEquals(
        "keeps the rules, but tokens come slower", setting(0.2, 1, "").verdictBeside(CHOSEN));
  }
}
