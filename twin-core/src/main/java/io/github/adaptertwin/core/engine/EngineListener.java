package io.github.adaptertwin.core.engine;

/**
 * Hears what an engine does, in the order in which it does it. Requests are named by their index in
 * the source, from 0, dropped and rejected ones included. Every method does nothing by default. A
 * listener must not throw; it slows the run down by what it does.
 */
public interface EngineListener {
  /** Hears nothing. */
  EngineListener NONE = new EngineListener() {};

  /**
   * A request was admitted: for the first time or again after a preemption.
   *
   * @param request index of the request
   * @param step number of the step, from 0
   * @param timePicos when the step began
   */
  default void admitted(long request, long step, long timePicos) {}

  /**
   * A running request lost its KV blocks and went back to the head of the queue.
   *
   * @param request index of the request
   * @param step number of the step, from 0
   * @param timePicos when the step began
   */
  default void preempted(long request, long step, long timePicos) {}

  /**
   * An adapter was brought one tier up.
   *
   * @param adapter index of the adapter
   * @param from where its weights were
   * @param step number of the step, from 0
   * @param timePicos when the step began
   */
  default void loaded(int adapter, AdapterTier from, long step, long timePicos) {}

  /**
   * An idle adapter lost its GPU slot, to one that is loaded in the same step or because host
   * memory no longer has it.
   *
   * @param adapter index of the adapter
   * @param step number of the step, from 0
   * @param timePicos when the step began
   */
  default void evicted(int adapter, long step, long timePicos) {}

  /**
   * A request generated its last token.
   *
   * @param request index of the request
   * @param step number of the step, from 0
   * @param timePicos when the step ended
   */
  default void finished(long request, long step, long timePicos) {}
}
