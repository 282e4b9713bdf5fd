package io.github.adaptertwin.core.input;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class VisibleTextTest {
  @Test
  void of_lineEndsAndEscapes_areShown() {
    assertEquals("a\\u000ab\\u001b[2J", VisibleText.of("a\nb\u001b[2J"));
    assertEquals("x\\u202egnp\\u2028", VisibleText.of("x\u202egnp\u2028"));
    assertEquals("\\ud83d", VisibleText.of("\ud83d"));
    assertEquals(
        "h\u00e4lt \u4f60 \ud83d\ude00 \\ '\"<",
        VisibleText.of("h\u00e4lt \u4f60 \ud83d\ude00 \\ '\"<"));
  }

  @Test
  void of_longText_keepsBeginAndEnd() {
    String shown = VisibleText.of("b" + "x".repeat(10_000) + "e");
    assertTrue(shown.startsWith("bxx") && shown.endsWith("xxe"), shown);
    assertTrue(shown.contains(" ... (8002 characters are left out) ... "), shown);
    assertEquals(2_000, VisibleText.of("x".repeat(2_000)).length());
  }

  @Property
  void of_anyText_isOneLine(@ForAll String text) {
    String shown = VisibleText.of(text);
    assertTrue(
        shown.codePoints().noneMatch(c -> Character.isISOControl(c) || c == 0x2028 || c == 0x2029));
    assertEquals(shown, VisibleText.of(shown).substring(0, shown.length()));
  }

  @Test
  void malformed_nameWithLineEnd_isOneLineAndKeepsTheProblem() {
    MalformedInputException e =
        new MalformedInputException(new SourceLocation("a\nb", 2, 3), "member 'c\nd' is unknown");
    assertEquals("a\\u000ab, line 2, column 3: member 'c\\u000ad' is unknown", e.getMessage());
    assertEquals("member 'c\nd' is unknown", e.problem());
  }
}
