package io.github.adaptertwin.placement.export;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.RepresentToNode;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.representer.StandardRepresenter;

/**
 * Writes trees of maps, lists and scalars as YAML documents under a comment. Readers differ in what
 * an unquoted word is: those of Kubernetes follow YAML 1.1, where {@code True}, {@code no} or
 * {@code 1_000} are no strings. So every string that any version takes for something else is
 * quoted.
 */
final class YamlDocuments {
  private static final int WIDTH = 120;

  /** Words that are a truth value or nothing, and beginnings of numbers, times and merges. */
  private static final Pattern AMBIGUOUS =
      Pattern.compile(
          "(?i:y|n|yes|no|on|off|true|false|null)|[0-9.~=<].*|[-+][0-9.].*", Pattern.DOTALL);

  private final StringBuilder text = new StringBuilder();
  private final List<Map<String, Object>> documents = new ArrayList<>();

  YamlDocuments(List<String> comment) {
    for (String line : comment) {
      text.append("# ").append(line).append('\n');
    }
  }

  void add(Map<String, Object> document) {
    documents.add(document);
  }

  @Override
  public String toString() {
    DumpSettings settings =
        DumpSettings.builder()
            .setDefaultFlowStyle(FlowStyle.BLOCK)
            .setExplicitStart(true)
            .setIndicatorIndent(2)
            .setIndentWithIndicator(true)
            .setWidth(WIDTH)
            .build();
    Dump dump = new Dump(settings, new Quoting(settings));
    return text + dump.dumpAllToString(documents.iterator());
  }

  /** Quotes strings that could be taken for something else. */
  private static final class Quoting extends StandardRepresenter {
    Quoting(DumpSettings settings) {
      super(settings);
      RepresentToNode usual = Objects.requireNonNull(representers.get(String.class));
      representers.put(
          String.class,
          value ->
              AMBIGUOUS.matcher((String) value).matches()
                  ? representScalar(Tag.STR, (String) value, ScalarStyle.SINGLE_QUOTED)
                  : usual.representData(value));
    }
  }
}
