package io.github.adaptertwin.placement.export;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;

/** Writes trees of maps, lists and scalars as YAML documents under a comment. */
final class YamlDocuments {
  private static final int WIDTH = 120;

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
    Dump dump = new Dump(settings);
    return text + dump.dumpAllToString(documents.iterator());
  }
}
