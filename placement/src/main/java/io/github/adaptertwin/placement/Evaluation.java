package io.github.adaptertwin.placement;

import com.google.common.collect.ImmutableList;
import java.util.List;

/**
 * A placement under other traffic than it was made for.
 *
 * @param placement the placement with the figures of that traffic
 * @param complaints the rules that are broken, with the GPU and the figures; empty if none is
 */
public record Evaluation(Placement placement, List<String> complaints) {
  /** Takes an unmodifiable copy of the list. */
  public Evaluation {
    complaints = ImmutableList.copyOf(complaints);
  }

  /** {@return whether every GPU keeps every rule in every replication} */
  public boolean feasible() {
    return complaints.isEmpty();
  }
}
