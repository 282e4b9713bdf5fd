package io.github.adaptertwin.core.picture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;

class ChartTest {
  private static final double[] X = {1, 10, 100, 1000};
  private static final double[] Y = {3, 5, 4, 9};

  private static Chart chart() {
    return Chart.of("Requests", Axis.logarithmic("waiting"), Axis.linear("ns"))
        .with(Series.line("one & <all>", X, Y));
  }

  private static Document parse(String svg) throws Exception {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    factory.setNamespaceAware(true);
    return factory
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
  }

  private static int count(String text, String pattern) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    int found = 0;
    while (matcher.find()) {
      found++;
    }
    return found;
  }

  @Test
  void a_chart_is_well_formed_xml_with_every_kind_of_series() throws Exception {
    Chart bars =
        Chart.of("Bars", Axis.categories("kind", List.of("a", "b")), Axis.linear("share"))
            .with(Series.bars("x", 1, -2).withRange(new double[] {0, -3}, new double[] {2, -1}))
            .with(Series.bars("y", 3, Double.NaN))
            .with(Series.points("mean", new double[] {0, 1}, new double[] {2, 1}));
    Chart lines =
        chart()
            .with(Series.steps("steps", X, Y).dashed())
            .with(Series.line("band", X, Y).withRange(new double[] {1, 2, 3, 4}, Y))
            .with(
                Series.points("p", X, Y)
                    .withRange(new double[] {1, 2, 3, Double.NaN}, new double[] {8, 8, 8, 8}));
    Document document = parse(Picture.of(2, List.of(bars, lines, chart())).toSvg());
    assertEquals("svg", document.getDocumentElement().getLocalName());
    assertEquals(
        "0 0 920 580", document.getDocumentElement().getAttribute("viewBox"), "two rows of two");
    assertTrue(document.getDocumentElement().getTextContent().contains("one & <all>"));
  }

  /** Axis from 1 to 1,000 on a log scale: decades are a third of the width apart. */
  @Test
  void a_value_lies_where_its_axis_says() {
    Ticks ticks = Axis.logarithmic("x").ticks(1, 1000);
    assertEquals(List.of("1", "10", "100", "1,000"), ticks.labels());
    assertEquals(1.0 / 3, ticks.place(10), 1e-12);
    Ticks linear = Axis.linear("y").ticks(3, 9);
    assertEquals(0, linear.low());
    assertEquals(10, linear.high());
    assertEquals(List.of("0", "2", "4", "6", "8", "10"), linear.labels());
    assertEquals(0.5, linear.place(5), 1e-12);
  }

  @Test
  void ticks_are_round_numbers() {
    assertEquals(List.of("0.00", "0.05", "0.10", "0.15"), Axis.linear("").ticks(0, 0.15).labels());
    assertEquals(List.of("-4", "-2", "0", "2", "4"), Axis.linear("").ticks(-3.5, 3).labels());
    assertEquals(List.of("2", "5", "10", "20", "50"), Axis.logarithmic("").ticks(2.5, 40).labels());
    assertEquals(List.of("0.01", "0.1", "1", "10"), Axis.logarithmic("").ticks(0.01, 10).labels());
    assertEquals(List.of("0", "2e9", "4e9", "6e9"), Axis.linear("").ticks(0, 6e9).labels());
    assertEquals(List.of("1", "2"), Axis.logarithmic("").between(0.9, 3).ticks(0, 0).labels());
    assertEquals(List.of("20", "40", "60"), Axis.linear("").between(10, 70).ticks(0, 0).labels());
  }

  @Test
  void an_axis_without_an_extent_is_given_one() {
    for (double value : new double[] {0, 5, -5, Double.NaN}) {
      Ticks ticks = Axis.linear("").ticks(value, value);
      assertTrue(ticks.low() < ticks.high(), "at " + value);
      if (!Double.isNaN(value)) {
        assertTrue(ticks.low() <= value && value <= ticks.high(), "at " + value);
      }
    }
    assertEquals(10, Axis.logarithmic("").ticks(Double.NaN, Double.NaN).high());
    assertTrue(Chart.of("", Axis.linear(""), Axis.linear("")).toSvg().contains("</svg>"));
  }

  @Test
  void a_missing_value_leaves_a_gap() {
    double[] gap = {3, Double.NaN, 4, 9};
    Chart plain = Chart.of("", Axis.linear(""), Axis.linear(""));
    String whole = plain.with(Series.line("", X, Y)).toSvg();
    String broken = plain.with(Series.line("", X, gap)).toSvg();
    String line = "stroke-linejoin=\"round\"[^>]*d=\"(M[^\"M]*)";
    assertEquals(1, count(whole, line + "\""));
    assertEquals(0, count(broken, line + "\""));
    assertEquals(3, count(broken, "a3.2") / 2);
  }

  @Test
  void spans_lie_between_their_ends_as_dark_as_their_shade() {
    Chart empty = Chart.of("", Axis.linear("").between(0, 10), Axis.linear("").between(-0.5, 1.5));
    double nan = Double.NaN;
    String svg =
        empty
            .with(
                Series.spans(
                    "",
                    new double[] {0, 5, 2, 2, nan},
                    new double[] {5, 10, 4, 4, 3},
                    new double[] {0, 0, 1, 1, 1},
                    new double[] {1, 0.5, 0, nan, 1}))
            .toSvg();
    // Two rows of equal height; half of the width is 5 of 10 units.
    Matcher dark =
        Pattern.compile("opacity=\"1.00\" d=\"M([\\d.]+) ([\\d.]+)h([\\d.]+)\"").matcher(svg);
    Matcher half =
        Pattern.compile("opacity=\"0.50\" d=\"M([\\d.]+) ([\\d.]+)h([\\d.]+)\"").matcher(svg);
    assertTrue(dark.find() && half.find(), svg);
    assertEquals(dark.group(2), half.group(2), "the same row");
    assertEquals(dark.group(3), half.group(3), "the same length");
    double begin = Double.parseDouble(dark.group(1)) + Double.parseDouble(dark.group(3));
    assertEquals(Double.parseDouble(half.group(1)), begin, 0.11);
    assertEquals(2, count(svg, "stroke-opacity"), "shade 0 and what is missing show nothing");
    double[] one = {1};
    assertThrows(
        IllegalArgumentException.class, () -> Series.spans("", one, one, one, new double[] {1.5}));
    assertThrows(
        IllegalArgumentException.class, () -> Series.spans("", one, one, one, new double[2]));
    assertThrows(
        IllegalArgumentException.class,
        () -> Series.spans("", one, one, one, one).withRange(one, one));
  }

  @Test
  void steps_hold_their_value_to_the_next_place() {
    Chart chart =
        Chart.of("", Axis.linear("").between(0, 2), Axis.linear("").between(0, 1))
            .sized(120, 120)
            .with(Series.steps("", new double[] {0, 1, 2}, new double[] {0, 1, 1}));
    // Three corners and two places: five vertices.
    assertEquals(1, count(chart.toSvg(), "d=\"M[^LM\"]*(L[^LM\"]*){4}\""));
  }

  private static double luminance(String colour) {
    double sum = 0;
    double[] weights = {0.2126, 0.7152, 0.0722};
    for (int i = 0; i < 3; i++) {
      double c = Integer.parseInt(colour.substring(1 + 2 * i, 3 + 2 * i), 16) / 255.0;
      sum += weights[i] * (c <= 0.03928 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4));
    }
    return sum;
  }

  /** Contrast as WCAG 2 defines it; 3 : 1 is its bound for graphics. */
  @Test
  void colours_can_be_read_on_light_and_dark_pages() {
    assertEquals(8, SvgText.colours());
    for (int i = 0; i < SvgText.colours(); i++) {
      for (String ground : SvgText.grounds()) {
        double a = luminance(SvgText.colour(i)) + 0.05;
        double b = luminance(ground) + 0.05;
        double contrast = Math.max(a, b) / Math.min(a, b);
        assertTrue(contrast >= 3, SvgText.colour(i) + " on " + ground + ": " + contrast);
      }
    }
    assertTrue(chart().toSvg().contains("prefers-color-scheme:dark"));
  }

  private static void assertLengthsRefused(int places, int values, Executable made) {
    Exception e = assertThrows(IllegalArgumentException.class, made);
    assertEquals("series 'a' has " + places + " places and " + values + " values", e.getMessage());
  }

  @Test
  void what_cannot_be_drawn_is_refused_with_the_value() {
    Chart chart = chart();
    Series zero = Series.line("z", new double[] {0}, new double[] {1});
    Exception e = assertThrows(IllegalArgumentException.class, () -> chart.with(zero));
    assertTrue(e.getMessage().contains("0.0") && e.getMessage().contains("'z'"), e.getMessage());
    Series bars = Series.bars("b", 1, 2);
    assertThrows(IllegalArgumentException.class, () -> chart.with(bars));
    assertThrows(IllegalArgumentException.class, () -> Series.line("a", X, new double[] {1, 2, 3}));
    assertThrows(IllegalArgumentException.class, () -> Series.bars("a", Double.POSITIVE_INFINITY));
    assertThrows(IllegalArgumentException.class, () -> Series.bars("a", 1).withRange(X, Y));
    double[] two = {1, 2};
    assertLengthsRefused(4, 2, () -> Series.line("a", X, Y).withRange(two, Y));
    assertLengthsRefused(4, 2, () -> Series.line("a", X, Y).withRange(Y, two));
    assertLengthsRefused(4, 2, () -> Series.spans("a", X, two, Y, Y));
    assertLengthsRefused(4, 2, () -> Series.spans("a", X, X, Y, new double[] {0, 1}));
    Exception bound =
        assertThrows(
            IllegalArgumentException.class,
            () -> Chart.of("t", Axis.categories("k", List.of("p")), Axis.linear("")).with(bars));
    assertEquals(
        "bars 'b' have 2 values for 1 categories; give the x axis of 't' one for each",
        bound.getMessage());
    assertThrows(IllegalArgumentException.class, () -> chart.sized(50, 100));
    assertThrows(IllegalArgumentException.class, () -> chart.sized(Double.NaN, 200));
    Chart onLogarithms = Chart.of("t", Axis.linear("x"), Axis.logarithmic("cost"));
    Series below = Series.line("z", new double[] {1, 2}, new double[] {1, -0.5});
    Exception y = assertThrows(IllegalArgumentException.class, () -> onLogarithms.with(below));
    assertEquals(
        "series 'z' has the value -0.5 on the logarithmic axis 'cost'; leave it out by writing NaN",
        y.getMessage());
    assertThrows(IllegalArgumentException.class, () -> chart.sized(120, 10_000.5));
    assertTrue(chart.sized(120, 10_000).toSvg().contains("viewBox=\"0 0 120 10000\""));
    assertThrows(IllegalArgumentException.class, () -> Axis.linear("a").between(1, 1));
    assertThrows(IllegalArgumentException.class, () -> Axis.linear("a").between(2, 1));
    assertThrows(IllegalArgumentException.class, () -> Axis.logarithmic("a").between(0, 1));
    assertThrows(IllegalArgumentException.class, () -> Axis.categories("a", List.of()));
    Axis names = Axis.categories("a", List.of("x"));
    assertThrows(IllegalArgumentException.class, () -> names.between(0, 1));
    assertThrows(IllegalArgumentException.class, () -> Chart.of("t", Axis.linear(""), names));
    assertThrows(IllegalArgumentException.class, () -> Picture.of(0, List.of(chart)));
    assertThrows(IllegalArgumentException.class, () -> Picture.of(1, List.of()));
  }

  @Test
  void a_file_holds_the_same_bytes_every_time(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("chart.svg");
    chart().write(file);
    assertEquals(chart().toSvg(), Files.readString(file, StandardCharsets.UTF_8));
    assertFalse(Files.readString(file, StandardCharsets.UTF_8).contains("NaN"));
  }
}
