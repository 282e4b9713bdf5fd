package io.github.adaptertwin.core.engine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Writes down what an engine tells, one line an event. */
final class Journal implements EngineListener {
  private final List<String> lines = new ArrayList<>();

  private final Map<Integer, Integer> hostLoads = new HashMap<>();

  /** {@return whether an adapter was copied into a slot more than once} */
  boolean isAnyReloaded() {
    return hostLoads.values().stream().anyMatch(count -> count > 1);
  }

  List<String> lines() {
    return lines;
  }

  @Override
  public void admitted(long request, long step, long timePicos) {
    lines.add("step " + step + " at " + timePicos + ": admit " + request);
  }

  @Override
  public void preempted(long request, long step, long timePicos) {
    lines.add("step " + step + " at " + timePicos + ": preempt " + request);
  }

  @Override
  public void loaded(int adapter, AdapterTier from, long step, long timePicos) {
    if (from == AdapterTier.HOST_MEMORY) {
      hostLoads.merge(adapter, 1, Integer::sum);
    }
    lines.add("step " + step + " at " + timePicos + ": load " + adapter + " from " + from);
  }

  @Override
  public void evicted(int adapter, long step, long timePicos) {
    lines.add("step " + step + " at " + timePicos + ": evict " + adapter);
  }

  @Override
  public void finished(long request, long step, long timePicos) {
    lines.add("step " + step + " at " + timePicos + ": finish " + request);
  }
}
