package io.github.adaptertwin.core.picture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Where everything stands in a chart, worked out by hand. A letter is 7.2 wide and the edge 12, so
 * with one letter before the y axis the plot begins at 12 + 7.2 + 8 = 27.2; sizes are chosen so
 * that it is 250 wide and 100 high: 25 for each unit of both axes.
 */
class ChartPanelTest {
  private static final double NAN = Double.NaN;
  private static final String CIRCLE = "a3.2 3.2 0 1 0 6.4 0a3.2 3.2 0 1 0 -6.4 0z\"/>";
  private static final String LINE =
      "<path fill=\"none\" stroke-width=\"2\" stroke-linejoin=\"round\" stroke=\"";

  /** Right of the plot are the edge and half of the label 10, below it the edge and 18. */
  private static Chart plot() {
    return Chart.of("", Axis.linear("").between(0, 10), Axis.linear("").between(0, 4))
        .sized(27.2 + 250 + 12 + 7.2, 12 + 100 + 12 + 18);
  }

  private static Chart categories() {
    return Chart.of("", Axis.categories("", List.of("a", "b")), Axis.linear("").between(-2, 2))
        .sized(34.4 + 250 + 12, 142);
  }

  private static double[] of(double... values) {
    return values;
  }

  private static List<String> lines(String svg, String after, String before) {
    int from = svg.indexOf('\n', svg.indexOf(after)) + 1;
    return svg.substring(from, svg.indexOf(before, from)).lines().toList();
  }

  /** The legend and the axes. */
  private static List<String> frame(Chart chart) {
    return lines(chart.toSvg(), "<g transform=\"translate(0 0)\">", "<svg x=");
  }

  /** What is drawn in the plot. */
  private static List<String> marks(Chart chart) {
    return lines(chart.toSvg(), "<svg x=", "</svg>");
  }

  private static String text(String x, String y, String anchor, String words) {
    return "<text class=\"twin-soft\" fill=\"#52606d\" x=\""
        + x
        + "\" y=\""
        + y
        + "\" text-anchor=\""
        + anchor
        + "\">"
        + words
        + "</text>";
  }

  private static String grid(String path) {
    return "<path class=\"twin-grid\" stroke=\"#d5dbe1\" d=\"" + path + "\"/>";
  }

  private static String axis(String path) {
    return "<path class=\"twin-axis\" stroke=\"#7b8794\" d=\"" + path + "\"/>";
  }

  private static String ink(String x, String y, String words) {
    return "<text class=\"twin-ink\" fill=\"#1f2933\" x=\""
        + x
        + "\" y=\""
        + y
        + "\" text-anchor=\"start\">"
        + words
        + "</text>";
  }

  @Test
  void title_labels_ticks_and_grid_stand_around_the_plot() {
    // The title takes 22, the label of the y axis 23 and that of the x axis 18 more than none.
    Chart chart =
        Chart.of("T", Axis.linear("x").between(0, 10), Axis.linear("y").between(0, 4))
            .sized(296.4, 142 + 22 + 23 + 18);
    assertEquals(
        List.of(
            "<text class=\"twin-ink\" fill=\"#1f2933\" x=\"12\" y=\"24\" text-anchor=\"start\""
                + " font-size=\"14\" font-weight=\"bold\">T</text>",
            text("12", "45", "start", "y"),
            grid("M27.2 157L277.2 157"),
            text("21.2", "161", "end", "0"),
            grid("M27.2 132L277.2 132"),
            text("21.2", "136", "end", "1"),
            grid("M27.2 107L277.2 107"),
            text("21.2", "111", "end", "2"),
            grid("M27.2 82L277.2 82"),
            text("21.2", "86", "end", "3"),
            grid("M27.2 57L277.2 57"),
            text("21.2", "61", "end", "4"),
            axis("M27.2 157L277.2 157"),
            axis("M27.2 157L27.2 161"),
            text("27.2", "174", "middle", "0"),
            axis("M77.2 157L77.2 161"),
            text("77.2", "174", "middle", "2"),
            axis("M127.2 157L127.2 161"),
            text("127.2", "174", "middle", "4"),
            axis("M177.2 157L177.2 161"),
            text("177.2", "174", "middle", "6"),
            axis("M227.2 157L227.2 161"),
            text("227.2", "174", "middle", "8"),
            axis("M277.2 157L277.2 161"),
            text("277.2", "174", "middle", "10"),
            text("152.2", "195", "middle", "x")),
        frame(chart));
    assertTrue(
        chart
            .toSvg()
            .contains(
                "<svg x=\"22.2\" y=\"52\" width=\"260\" height=\"110\""
                    + " viewBox=\"22.2 52 260 110\">\n</svg>\n</g>\n</svg>\n"),
        "the plot shows 5 more on each side");
  }

  @Test
  void what_is_not_named_takes_no_room() {
    List<String> frame = frame(plot());
    assertEquals(grid("M27.2 112L277.2 112"), frame.get(0));
    assertEquals(grid("M27.2 12L277.2 12"), frame.get(8));
    assertEquals(text("277.2", "129", "middle", "10"), frame.get(frame.size() - 1));
  }

  @Test
  void a_label_that_would_touch_the_one_before_is_left_out_but_not_its_tick() {
    // Ticks are 12.16 apart; labels of two letters are 14.4 wide and want 4 between them, so every
    // second one stays, and not 100, whose begin at 125 - 10.8 is closer than 4 to the end of 80.
    Chart chart =
        Chart.of("", Axis.linear("").between(0, 100), Axis.linear("").between(0, 4))
            .sized(120 + 27.2, 120);
    List<String> labels =
        frame(chart).stream().filter(line -> line.contains("\"middle\"")).toList();
    assertEquals(5, labels.size(), labels.toString());
    List<String> narrow = frame(chart.sized(120, 120));
    assertEquals(
        List.of("0", "40", "80"),
        narrow.stream()
            .filter(line -> line.contains("\"middle\""))
            .map(line -> line.replaceAll("<[^>]*>", ""))
            .toList());
    assertEquals(7, narrow.stream().filter(line -> line.contains("twin-axis")).count());
  }

  @Test
  void a_line_joins_its_points_in_a_band_and_has_a_gap_where_a_value_is_missing() {
    Series line =
        Series.line("", of(0, 2, 4, 10), of(1, 2, NAN, 4))
            .withRange(of(0, 1, 1, NAN), of(2, 3, 3, 4));
    assertEquals(
        List.of(
            "<path fill=\"#2f7fc1\" fill-opacity=\".2\" d=\"M27.2 62L77.2 37L77.2 87L27.2 112z\"/>",
            LINE + "#2f7fc1\" d=\"M27.2 87L77.2 62M277.2 12\"/>",
            "<path fill=\"#2f7fc1\" d=\"M24 87" + CIRCLE,
            "<path fill=\"#2f7fc1\" d=\"M74 62" + CIRCLE,
            "<path fill=\"#2f7fc1\" d=\"M274 12" + CIRCLE),
        marks(plot().with(line)));
  }

  @Test
  void a_dashed_line_shows_no_points_and_a_band_needs_both_ends() {
    Series bound =
        Series.line("", of(0, 2, 4, 10), of(1, 2, 3, 4))
            .withRange(of(0, 1, NAN, 3), of(2, 3, 3, NAN))
            .dashed();
    assertEquals(
        List.of(
            "<path fill=\"#2f7fc1\" fill-opacity=\".2\" d=\"M27.2 62L77.2 37L77.2 87L27.2 112z\"/>",
            LINE
                + "#2f7fc1\" stroke-dasharray=\"5 4\""
                + " d=\"M27.2 87L77.2 62L127.2 37L277.2 12\"/>"),
        marks(plot().with(bound)));
    Series none = Series.line("", of(0, 2), of(1, 2)).withRange(of(NAN, NAN), of(3, 3)).dashed();
    assertEquals(1, marks(plot().with(none)).size(), "a band without an end is none");
  }

  @Test
  void steps_go_along_and_then_up_and_begin_anew_after_a_gap() {
    Series steps = Series.steps("", of(0, 2, 4, 6, 8), of(1, 2, NAN, 4, 3));
    assertEquals(
        List.of(LINE + "#2f7fc1\" d=\"M27.2 87L77.2 87L77.2 62M177.2 12L227.2 12L227.2 37\"/>"),
        marks(plot().with(steps)));
  }

  @Test
  void lines_of_few_values_show_each_as_a_point() {
    for (int size : new int[] {24, 25}) {
      double[] values = new double[size];
      Arrays.setAll(values, i -> i / 10.0);
      int points = size == 24 ? 24 : 0;
      assertEquals(1 + points, marks(plot().with(Series.line("", values, values))).size());
    }
  }

  @Test
  void points_have_whiskers_where_both_ends_are_known() {
    Series points =
        Series.points("", of(2, 4, 6, 8), of(1, 2, 3, NAN))
            .withRange(of(0, NAN, 2, 0), of(2, 3, NAN, 4));
    assertEquals(
        List.of(
            LINE + "#2f7fc1\" d=\"M77.2 112L77.2 62\"/>",
            "<path fill=\"#2f7fc1\" d=\"M74 87" + CIRCLE,
            "<path fill=\"#2f7fc1\" d=\"M124 62" + CIRCLE,
            "<path fill=\"#2f7fc1\" d=\"M174 37" + CIRCLE),
        marks(plot().with(points)));
  }

  @Test
  void points_of_one_chart_differ_in_shape_and_colour_and_begin_again_after_four_and_eight() {
    Chart chart = plot();
    for (int i = 0; i < 9; i++) {
      chart = chart.with(Series.points("", of(2), of(1)));
    }
    // At (77.2, 87): circle, square, triangle, diamond.
    List<String> marks = marks(chart);
    assertEquals("<path fill=\"#2f7fc1\" d=\"M74 87" + CIRCLE, marks.get(0));
    assertEquals("<path fill=\"#d2691e\" d=\"M74.2 84h6v6h-6z\"/>", marks.get(1));
    assertEquals("<path fill=\"#3a9a5b\" d=\"M77.2 83l4 7h-8z\"/>", marks.get(2));
    assertEquals(
        "<path fill=\"#b054b0\" d=\"M77.2 82.8l4.2 4.2l-4.2 4.2l-4.2 -4.2z\"/>", marks.get(3));
    assertEquals("<path fill=\"#c94f4f\" d=\"M74 87" + CIRCLE, marks.get(4));
    assertEquals(marks.get(0), marks.get(8));
  }

  @Test
  void bars_stand_on_zero_and_take_four_fifths_of_their_category() {
    // Categories are 125 wide, the labels of the y axis two letters: 34.4 + 12.5 is where the first
    // bar begins, 100 wide but for a gap of 6. Whiskers have the colour of the next series.
    assertEquals(
        List.of(
            "<rect fill=\"#2f7fc1\" x=\"46.9\" y=\"37\" width=\"94\" height=\"25\"/>",
            LINE + "#d2691e\" d=\"M93.9 62L93.9 12\"/>",
            "<rect fill=\"#2f7fc1\" x=\"171.9\" y=\"62\" width=\"94\" height=\"50\"/>",
            LINE + "#d2691e\" d=\"M218.9 112L218.9 87\"/>"),
        marks(categories().with(Series.bars("", 1, -2).withRange(of(0, -2), of(2, -1)))));
  }

  @Test
  void bars_of_several_series_stand_side_by_side_whatever_is_drawn_between_them() {
    Chart chart =
        categories()
            .with(Series.bars("", 1, -2))
            .with(Series.points("", of(0), of(-1)))
            .with(Series.bars("", 2, NAN).withRange(of(1, NAN), of(2, NAN)));
    assertEquals(
        List.of(
            "<rect fill=\"#2f7fc1\" x=\"46.9\" y=\"37\" width=\"47\" height=\"25\"/>",
            "<rect fill=\"#2f7fc1\" x=\"171.9\" y=\"62\" width=\"47\" height=\"50\"/>",
            "<path fill=\"#d2691e\" d=\"M93.9 84h6v6h-6z\"/>",
            "<rect fill=\"#3a9a5b\" x=\"96.9\" y=\"12\" width=\"47\" height=\"50\"/>",
            LINE + "#3a9a5b\" d=\"M120.4 37L120.4 12\"/>"),
        marks(chart));
    // Three of them: the third begins two thirds of 100 behind the first.
    List<String> three =
        marks(
            categories()
                .with(Series.bars("", 1, 1))
                .with(Series.bars("", 1, 1))
                .with(Series.bars("", 1, 1)));
    assertEquals(
        "<rect fill=\"#3a9a5b\" x=\"113.6\" y=\"37\" width=\"31.3\" height=\"25\"/>", three.get(4));
  }

  @Test
  void bars_on_a_logarithmic_axis_stand_on_its_begin() {
    Chart chart =
        Chart.of("", Axis.categories("", List.of("a")), Axis.logarithmic(""))
            .sized(34.4 + 250 + 12, 142)
            .with(Series.bars("", 10));
    assertEquals(
        List.of("<rect fill=\"#2f7fc1\" x=\"59.4\" y=\"12\" width=\"188\" height=\"100\"/>"),
        marks(chart));
  }

  @Test
  void axes_without_ends_hold_values_intervals_ends_of_spans_and_the_ground_of_bars() {
    Chart open = Chart.of("", Axis.linear(""), Axis.linear(""));
    assertEquals("6 7 8 9 10 11", yLabels(open.with(Series.points("", of(1, 1), of(6, 11)))));
    assertEquals(
        "-5 0 5 10 15 20",
        yLabels(open.with(Series.points("", of(1, 1), of(6, 11)).withRange(of(-3, 4), of(6, 20)))));
    assertEquals(
        "0 2 4 6",
        yLabels(
            Chart.of("", Axis.categories("", List.of("a", "b")), Axis.linear(""))
                .with(Series.bars("", 5, 6))));
    Chart spans = open.with(Series.spans("", of(6, NAN), of(11, 9), of(2, 2), of(1, 1)));
    assertEquals(
        List.of("6", "7", "8", "9", "10", "11"),
        frame(spans).stream()
            .filter(line -> line.contains("\"middle\""))
            .map(line -> line.replaceAll("<[^>]*>", ""))
            .toList());
  }

  private static String yLabels(Chart chart) {
    return String.join(
        " ",
        frame(chart).stream()
            .filter(line -> line.contains("\"end\""))
            .map(line -> line.replaceAll("<[^>]*>", ""))
            .toList());
  }

  @Test
  void a_legend_names_the_series_that_have_a_name_and_goes_on_in_the_next_line() {
    // An entry takes 22 for its key, 7.2 for each letter and 12: 48.4 for two of them, so the
    // second ends at 108.8 and the third, at 152.4, would lie beyond 150.
    double[] one = {1};
    Chart chart =
        Chart.of("", Axis.linear("").between(0, 10), Axis.linear("").between(0, 4))
            .sized(150, 200)
            .with(Series.line("ab", one, one))
            .with(Series.line("ab", one, one).dashed())
            .with(Series.points("abc", one, one))
            .with(Series.steps("", one, one))
            .with(Series.steps("d", one, one))
            .with(Series.spans("e", one, of(2), one, one));
    List<String> frame = frame(chart);
    assertEquals(
        List.of(
            LINE + "#2f7fc1\" d=\"M12 19L30 19\"/>",
            "<path fill=\"#2f7fc1\" d=\"M17.8 19" + CIRCLE,
            ink("34", "23", "ab"),
            LINE + "#d2691e\" stroke-dasharray=\"5 4\" d=\"M60.4 19L78.4 19\"/>",
            ink("82.4", "23", "ab"),
            "<path fill=\"#3a9a5b\" d=\"M21 32l4 7h-8z\"/>",
            ink("34", "40", "abc"),
            LINE + "#c94f4f\" d=\"M67.6 36L85.6 36\"/>",
            ink("89.6", "40", "d"),
            "<rect fill=\"#8c7b1f\" x=\"111.8\" y=\"31\" width=\"12\" height=\"10\"/>",
            ink("130.8", "40", "e")),
        frame.subList(0, 11));
    // Two lines of 17 and 3 more: the plot begins at 12 + 37.
    assertTrue(frame.contains(grid("M27.2 49L130.8 49")), frame.toString());
  }

  @Test
  void a_name_longer_than_the_chart_stands_in_the_first_line() {
    Chart chart = plot().with(Series.points("x".repeat(60), of(1), of(1)));
    assertEquals(ink("34", "23", "x".repeat(60)), frame(chart).get(1));
  }

  @Test
  void a_name_that_just_fits_stays_in_its_line() {
    // 12 + 48.4 + 22 + 7.2 n + 12 = 94.4 + 7.2 n.
    Chart chart = plot().with(Series.points("ab", of(1), of(1)));
    Chart fits = chart.with(Series.points("abcd", of(1), of(1))).sized(123.2, 200);
    assertEquals(ink("82.4", "23", "abcd"), frame(fits).get(3));
    assertEquals(ink("34", "40", "abcd"), frame(fits.sized(123.1, 200)).get(3));
  }

  @Test
  void spans_are_strokes_of_most_of_a_row_one_path_for_each_quarter_of_a_shade() {
    // A row is 25 high, of which .85 is drawn; shades up to a quarter are a quarter.
    Series spans =
        Series.spans(
            "", of(0, 2, 4, 6), of(2, 4, 5, 10), of(1, 1, 2, 3), of(0.01, 0.25, 0.26, 0.75));
    assertEquals(
        List.of(
            "<path fill=\"none\" stroke=\"#2f7fc1\" stroke-width=\"21.3\" stroke-opacity=\"0.25\""
                + " d=\"M27.2 87h50M77.2 87h50\"/>",
            "<path fill=\"none\" stroke=\"#2f7fc1\" stroke-width=\"21.3\" stroke-opacity=\"0.50\""
                + " d=\"M127.2 62h25\"/>",
            "<path fill=\"none\" stroke=\"#2f7fc1\" stroke-width=\"21.3\" stroke-opacity=\"0.75\""
                + " d=\"M177.2 37h100\"/>"),
        marks(plot().with(spans)));
    Chart below =
        Chart.of("", Axis.linear("").between(0, 10), Axis.linear("").between(-1, 3))
            .sized(34.4 + 250 + 12 + 7.2, 142)
            .with(Series.spans("", of(2), of(4), of(0), of(1)));
    assertEquals(
        List.of(
            "<path fill=\"none\" stroke=\"#2f7fc1\" stroke-width=\"21.3\" stroke-opacity=\"1.00\""
                + " d=\"M84.4 87h50\"/>"),
        marks(below));
    // Four hundred rows of a quarter each: strokes stay visible.
    Chart dense =
        Chart.of("", Axis.linear("").between(0, 10), Axis.linear("").between(0, 400))
            .sized(300, 142)
            .with(Series.spans("", of(0), of(1), of(1), of(1)));
    assertTrue(marks(dense).get(0).contains("stroke-width=\"0.5\""), marks(dense).toString());
  }

  @Test
  void charts_stand_in_rows_as_high_and_columns_as_wide_as_their_largest() {
    Chart small = plot().sized(200, 150);
    List<Chart> charts =
        List.of(small, small.sized(300, 120), small.sized(120, 130), small, small.sized(250, 140));
    String svg = Picture.of(2, charts).toSvg();
    assertTrue(svg.contains("viewBox=\"0 0 550 440\" width=\"550\" height=\"440\""), svg);
    assertEquals(
        List.of("0 0", "250 0", "0 150", "250 150", "0 300"),
        svg.lines()
            .filter(line -> line.contains("translate("))
            .map(line -> line.replaceAll(".*translate\\(|\\).*", ""))
            .toList());
    assertTrue(Picture.of(5, charts).toSvg().contains("viewBox=\"0 0 1070 150\""));
  }

  @Test
  void text_that_is_no_xml_is_made_xml() {
    String words = "<a & \"b\">\u0001\t\u001f\ufffd\ufffe ";
    String svg = Chart.of(words, Axis.linear(""), Axis.linear("")).toSvg();
    String safe = "&lt;a &amp; &quot;b&quot;&gt;\ufffd\t\ufffd\ufffd\ufffd ";
    assertTrue(svg.contains("<title>" + safe + "</title>"), svg);
    assertTrue(svg.contains(">" + safe + "</text>"), svg);
    String lines = Chart.of("a\nb", Axis.linear(""), Axis.linear("")).toSvg();
    assertTrue(lines.contains("<title>a\nb</title>"));
  }
}
