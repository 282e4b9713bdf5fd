package io.github.adaptertwin.core.picture;

/**
 * Collects SVG elements. Colours stand twice: as attributes, for viewers that know nothing else,
 * and as classes, which a style sheet exchanges where the reader prefers a dark page. Not
 * thread-safe.
 */
final class SvgText {
  /** Mean width of a letter of the label font in units of its size; enough to leave room. */
  private static final double LETTER = 0.6;

  /**
   * Colours of series, told apart also by those who confuse red and green. The contrast of each is
   * at least 3 : 1 both on the light and on the dark ground.
   */
  private static final String[] COLOURS = {
    "#2f7fc1", "#d2691e", "#3a9a5b", "#b054b0", "#c94f4f", "#8c7b1f", "#1d93a3", "#77808c",
  };

  /** Grounds of the light and the dark picture. */
  private static final String[] GROUNDS = {"#ffffff", "#0d1117"};

  private static final String STYLE =
      """
      <style>
      .twin-ink{fill:#1f2933}.twin-soft{fill:#52606d}.twin-axis{stroke:#7b8794}\
      .twin-grid{stroke:#d5dbe1}.twin-ground{fill:#ffffff}
      @media (prefers-color-scheme:dark){.twin-ink{fill:#e6edf3}.twin-soft{fill:#a5b1bd}\
      .twin-axis{stroke:#7d8590}.twin-grid{stroke:#30363d}.twin-ground{fill:#0d1117}}
      </style>
      """;

  private final StringBuilder out = new StringBuilder();

  static String colour(int series) {
    return COLOURS[series % COLOURS.length];
  }

  static int colours() {
    return COLOURS.length;
  }

  static String[] grounds() {
    return GROUNDS.clone();
  }

  static double widthOf(String words, double size) {
    return words.length() * size * LETTER;
  }

  void open(double width, double height, String title) {
    out.append("<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 ");
    out.append(number(width)).append(' ').append(number(height)).append("\" width=\"");
    out.append(number(width)).append("\" height=\"").append(number(height));
    out.append("\" font-family=\"Helvetica, Arial, sans-serif\" font-size=\"12\">\n<title>");
    out.append(escape(title)).append("</title>\n").append(STYLE);
    // A ground of its own, since not every page tells its pictures that it is dark.
    out.append("<rect class=\"twin-ground\" fill=\"").append(GROUNDS[0]);
    out.append("\" width=\"").append(number(width)).append("\" height=\"");
    out.append(number(height)).append("\"/>\n");
  }

  String close() {
    return out.append("</svg>\n").toString();
  }

  void beginPanel(double x, double y) {
    out.append("<g transform=\"translate(").append(number(x)).append(' ').append(number(y));
    out.append(")\">\n");
  }

  void endPanel() {
    out.append("</g>\n");
  }

  /** Begins a group that shows nothing outside a rectangle. */
  void beginClip(double x, double y, double width, double height) {
    // A nested svg clips by itself and needs no identifier, so that pictures can share a page.
    out.append("<svg x=\"").append(number(x)).append("\" y=\"").append(number(y));
    out.append("\" width=\"").append(number(width)).append("\" height=\"").append(number(height));
    out.append("\" viewBox=\"").append(number(x)).append(' ').append(number(y)).append(' ');
    out.append(number(width)).append(' ').append(number(height)).append("\">\n");
  }

  void endClip() {
    out.append("</svg>\n");
  }

  void words(double x, double y, String anchor, String style, String words) {
    boolean soft = style.equals("soft");
    out.append("<text class=\"twin-").append(soft ? "soft" : "ink").append("\" fill=\"");
    out.append(soft ? "#52606d" : "#1f2933").append("\" x=\"").append(number(x));
    out.append("\" y=\"").append(number(y)).append("\" text-anchor=\"").append(anchor).append('"');
    if (style.equals("title")) {
      out.append(" font-size=\"14\" font-weight=\"bold\"");
    }
    out.append('>').append(escape(words)).append("</text>\n");
  }

  void grid(double x1, double y1, double x2, double y2) {
    rule("grid", "#d5dbe1", x1, y1, x2, y2);
  }

  void axis(double x1, double y1, double x2, double y2) {
    rule("axis", "#7b8794", x1, y1, x2, y2);
  }

  private void rule(String style, String colour, double x1, double y1, double x2, double y2) {
    out.append("<path class=\"twin-").append(style).append("\" stroke=\"").append(colour);
    out.append("\" d=\"M").append(number(x1)).append(' ').append(number(y1)).append('L');
    out.append(number(x2)).append(' ').append(number(y2)).append("\"/>\n");
  }

  void line(String colour, boolean dashed, String path) {
    out.append("<path fill=\"none\" stroke-width=\"2\" stroke-linejoin=\"round\" stroke=\"");
    out.append(colour).append('"');
    if (dashed) {
      out.append(" stroke-dasharray=\"5 4\"");
    }
    out.append(" d=\"").append(path).append("\"/>\n");
  }

  void area(String colour, String path) {
    out.append("<path fill=\"").append(colour).append("\" fill-opacity=\".2\" d=\"");
    out.append(path).append("\"/>\n");
  }

  /** Strokes of any width, such as many bars in one path. */
  void strokes(String colour, double opacity, double width, String path) {
    out.append("<path fill=\"none\" stroke=\"").append(colour).append("\" stroke-width=\"");
    out.append(number(Math.max(0.5, width))).append("\" stroke-opacity=\"");
    out.append(hundredths(opacity)).append("\" d=\"").append(path).append("\"/>\n");
  }

  private static String hundredths(double value) {
    long count = Math.round(value * 100);
    return count / 100 + (count % 100 < 10 ? ".0" : ".") + count % 100;
  }

  void bar(String colour, double x, double y, double width, double height) {
    out.append("<rect fill=\"").append(colour).append("\" x=\"").append(number(x));
    out.append("\" y=\"").append(number(y)).append("\" width=\"").append(number(width));
    out.append("\" height=\"").append(number(height)).append("\"/>\n");
  }

  /** A point whose shape differs from series to series, so that colour is not all there is. */
  void point(int series, double x, double y) {
    double r = 3.2;
    String path =
        switch (series % 4) {
          case 0 ->
              move(x - r, y) + "a" + r + " " + r + " 0 1 0 6.4 0a" + r + " " + r + " 0 1 0 -6.4 0z";
          case 1 -> move(x - 3, y - 3) + "h6v6h-6z";
          case 2 -> move(x, y - 4) + "l4 7h-8z";
          default -> move(x, y - 4.2) + "l4.2 4.2l-4.2 4.2l-4.2 -4.2z";
        };
    out.append("<path fill=\"").append(colour(series)).append("\" d=\"").append(path);
    out.append("\"/>\n");
  }

  static String move(double x, double y) {
    return "M" + number(x) + " " + number(y);
  }

  static String lineTo(double x, double y) {
    return "L" + number(x) + " " + number(y);
  }

  static String right(double width) {
    return "h" + number(width);
  }

  /** A coordinate to a tenth, the same on every machine. */
  static String number(double value) {
    long tenths = Math.round(value * 10);
    String sign = tenths < 0 ? "-" : "";
    long size = Math.abs(tenths);
    return sign + size / 10 + (size % 10 == 0 ? "" : "." + size % 10);
  }

  private static String escape(String words) {
    StringBuilder safe = new StringBuilder();
    for (int i = 0; i < words.length(); i++) {
      char c = words.charAt(i);
      switch (c) {
        case '&' -> safe.append("&amp;");
        case '<' -> safe.append("&lt;");
        case '>' -> safe.append("&gt;");
        case '"' -> safe.append("&quot;");
        // XML allows no other control characters, not even as references.
        default -> safe.append((c < ' ' && c != '\t' && c != '\n') || c > '\ufffd' ? '\ufffd' : c);
      }
    }
    return safe.toString();
  }
}
