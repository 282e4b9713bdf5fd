package io.github.adaptertwin.placement.hardening;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.github.adaptertwin.core.picture.Axis;
import io.github.adaptertwin.core.picture.Chart;
import io.github.adaptertwin.core.picture.Series;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.placement.Placement;
import io.github.adaptertwin.placement.PlacementOptions;
import io.github.adaptertwin.placement.report.PlanReport;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.WorkloadFile;
import io.github.adaptertwin.workload.length.FixedLengths;
import io.github.adaptertwin.workload.trace.Trace;
import io.github.adaptertwin.workload.trace.TraceFormat;
import io.github.adaptertwin.workload.trace.TraceWriter;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/** Names are data: every output is read back and holds them as they were. */
class HostileNamesTest {
  private static final List<String> NAMES = new ArrayList<>(HostileNames.ALL);
  private static final PlacementOptions OPTIONS =
      PlacementOptions.builder().oracle(PlacementOptions.Oracle.STEADY_STATE).build();

  private static Workload workload(List<String> ids) {
    return Workload.of(
        "llama-3.1-8b-instruct",
        ids.stream().map(id -> new AdapterTraffic(new LoraAdapter(id, 16), 0.1)).toList(),
        new FixedLengths(100, 20),
        60);
  }

  @Test
  void planJson_hostileNames_isReadBack() {
    Placement plan = HostileNames.plan();
    Placement again = Placement.read("again", new StringReader(plan.toJson()));
    assertEquals(plan.gpus().get(0).adapters(), again.gpus().get(0).adapters());
    assertEquals(plan.gpus().get(0).gpu().name(), again.gpus().get(0).gpu().name());
  }

  @Test
  void workloadFile_hostileNames_isReadBack() {
    WorkloadFile file =
        new WorkloadFile(
            workload(NAMES), new WorkloadFile.Lengths.Fixed(new FixedLengths(100, 20)));
    WorkloadFile again = WorkloadFile.read("again", new StringReader(file.toJson()));
    assertEquals(file.workload().loraAdapters(), again.workload().loraAdapters());
  }

  @Test
  void adapterId_noText_isRefused() {
    for (String id : List.of("a\0b", "a\ud800", "\udc00b")) {
      String message =
          assertThrows(IllegalArgumentException.class, () -> new LoraAdapter(id, 8)).getMessage();
      assertTrue(message.contains("rename the adapter"), message);
    }
  }

  @Test
  void traces_hostileNames_areReadBack(@TempDir Path folder) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < NAMES.size(); i++) {
      JsonObject row = new JsonObject();
      row.addProperty("arrival_s", i);
      row.addProperty("adapter", NAMES.get(i));
      row.addProperty("input_tokens", 5);
      row.addProperty("output_tokens", 6);
      lines.append(row).append('\n');
    }
    Path given = folder.resolve("given.jsonl");
    Files.writeString(given, lines);
    Path written = folder.resolve("written.jsonl");
    TraceWriter.write(Trace.of(given), written, TraceFormat.JSONL);
    assertEquals(NAMES, Trace.of(written).read().clients());

    // A line of CSV holds no line break; a name with one is refused and nothing is written.
    Path csv = folder.resolve("written.csv");
    assertThrows(
        IllegalArgumentException.class,
        () -> TraceWriter.write(Trace.of(given), csv, TraceFormat.CSV));
    assertFalse(Files.exists(csv));
    List<String> oneLine =
        NAMES.stream().filter(n -> !n.contains("\n") && !n.contains("\r")).toList();
    Files.writeString(
        given,
        lines
            .toString()
            .lines()
            .filter(l -> !l.contains("\\n") || l.contains("\\\\n"))
            .filter(l -> !l.contains("\\r"))
            .collect(Collectors.joining("\n")));
    TraceWriter.write(Trace.of(given), csv, TraceFormat.CSV);
    assertEquals(oneLine, Trace.of(csv).read().clients());
  }

  /** Markup and data are told apart by the same page with names that mean nothing. */
  @Test
  void page_hostileNames_hasTheMarkupOfHarmlessOnes() {
    List<String> harmless = new ArrayList<>();
    for (int i = 0; i < NAMES.size(); i++) {
      harmless.add(String.format(java.util.Locale.ROOT, "name%03d", i));
    }
    String hostile = page(NAMES, "card\n<script>alert(2)</script>\u001b[2J\"'&");
    String plain = page(harmless, "card");
    assertEquals(markup(plain), markup(hostile));
    Set<String> cells = new TreeSet<>();
    Matcher cell = Pattern.compile("<td class=\"words\">([^<]*)</td>").matcher(hostile);
    while (cell.find()) {
      assertFalse(cell.group(1).contains("\""), "quotes are written as entities");
      cells.add(text(cell.group(1)));
    }
    for (String name : NAMES) {
      String shown = name.strip().replaceAll("[\\x00-\\x08\\x0b-\\x1f]", "\ufffd");
      assertTrue(cells.contains(shown), () -> "not on the page: " + HostileNames.shown(name));
    }
  }

  private static String page(List<String> ids, String card) {
    return PlanReport.of(workload(ids), HostileNames.plan(ids, card), OPTIONS).toHtml();
  }

  /** All tags with their attributes, in order. */
  private static String markup(String html) {
    StringBuilder tags = new StringBuilder();
    Matcher tag = Pattern.compile("<[^>]*>").matcher(html);
    while (tag.find()) {
      tags.append(tag.group()).append('\n');
    }
    return tags.toString();
  }

  private static String text(String escaped) {
    return escaped
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&");
  }

  @Test
  void pictures_hostileWords_areXmlThatHoldsThem() throws Exception {
    List<String> words = NAMES.stream().filter(n -> n.length() < 1000).toList();
    double[] values = new double[words.size()];
    java.util.Arrays.fill(values, 1);
    for (String word : words) {
      Chart chart =
          Chart.of(word, Axis.categories(word, words), Axis.linear(word))
              .with(Series.bars(word, values))
              .with(Series.bars(word + "2", values));
      DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
      factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
      Document document =
          factory.newDocumentBuilder().parse(new InputSource(new StringReader(chart.toSvg())));
      assertEquals(0, document.getElementsByTagName("script").getLength());
      NodeList title = document.getElementsByTagName("title");
      assertEquals(
          word.replaceAll("[\\x00-\\x08\\x0b-\\x1f\\ufffe]", "\ufffd"),
          title.item(0).getTextContent());
    }
  }
}
