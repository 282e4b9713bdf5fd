package io.github.adaptertwin.placement.report;

import java.util.List;
import java.util.Locale;

/** Writes HTML. Everything but {@link #raw} is escaped. */
final class Page {
  private final StringBuilder out = new StringBuilder();

  Page raw(String html) {
    out.append(html);
    return this;
  }

  Page heading(int level, String words) {
    return raw("<h" + level + ">").text(words).raw("</h" + level + ">\n");
  }

  Page paragraph(String words) {
    return raw("<p>").text(words).raw("</p>\n");
  }

  Page text(String words) {
    for (int i = 0; i < words.length(); i++) {
      char c = words.charAt(i);
      switch (c) {
        case '&' -> out.append("&amp;");
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '"' -> out.append("&quot;");
        default -> out.append(c < ' ' && c != '\n' && c != '\t' ? '\ufffd' : c);
      }
    }
    return this;
  }

  /** A figure with its name, as large as it is important. */
  Page tile(String name, String value, String note) {
    raw("<div class=\"tile\"><div class=\"name\">").text(name);
    raw("</div><div class=\"value\">").text(value);
    return raw("</div><div class=\"note\">").text(note).raw("</div></div>\n");
  }

  /** Begins a table; a heading that begins with a blank belongs to a column of words. */
  Page table(List<String> headings) {
    raw("<div class=\"wide\"><table><thead><tr>");
    for (String heading : headings) {
      raw(heading.startsWith(" ") ? "<th class=\"words\">" : "<th>");
      text(heading.strip()).raw("</th>");
    }
    return raw("</tr></thead><tbody>\n");
  }

  Page row(List<String> cells) {
    return row("", cells);
  }

  /** A row; a cell that begins with a blank is words, any other a figure. */
  Page row(String style, List<String> cells) {
    raw(style.isEmpty() ? "<tr>" : "<tr class=\"" + style + "\">");
    for (String cell : cells) {
      raw(cell.startsWith(" ") ? "<td class=\"words\">" : "<td>");
      text(cell.strip()).raw("</td>");
    }
    return raw("</tr>\n");
  }

  Page endTable() {
    return raw("</tbody></table></div>\n");
  }

  @Override
  public String toString() {
    return out.toString();
  }

  /** A number with so many decimals, or a dash where there is none. */
  static String number(double value, int decimals) {
    return Double.isFinite(value)
        ? String.format(Locale.ROOT, "%,." + decimals + "f", value)
        : "\u2013";
  }

  static String count(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  static String percent(double share) {
    return Double.isFinite(share) ? number(100 * share, 1) + " %" : "\u2013";
  }

  /** A duration in the unit that people would use. */
  static String duration(double seconds) {
    if (!Double.isFinite(seconds)) {
      return "\u2013";
    }
    if (seconds < 1) {
      return number(1e3 * seconds, seconds < 0.1 ? 1 : 0) + " ms";
    }
    return seconds < 120
        ? number(seconds, seconds < 10 ? 2 : 1) + " s"
        : number(seconds / 60, 1) + " min";
  }
}
