package io.github.adaptertwin.placement.capacity;

/**
 * Judges candidates. An oracle is a pure function of the candidate; implementations are
 * thread-safe.
 */
public interface CapacityOracle {
  /**
   * Judges one GPU.
   *
   * @param candidate the card, its traffic and its flags
   * @return how it would serve, or why it would not start
   */
  Assessment assess(Candidate candidate);
}
