package io.github.adaptertwin.placement;

/** What planning came to: a {@link Placement}, or {@link Infeasible} with the reason. */
public sealed interface PlacementResult permits Placement, Infeasible {
  /**
   * {@return the placement}
   *
   * @throws IllegalStateException if there is none; the message is the reason
   */
  default Placement orElseThrow() {
    if (this instanceof Placement placement) {
      return placement;
    }
    throw new IllegalStateException(((Infeasible) this).message());
  }
}
