package io.github.adaptertwin.core.engine;

/**
 * Costs of one engine configuration, in integer picoseconds. A step that decodes for requests whose
 * KV contexts sum to c tokens lasts
 *
 * <pre>computePicos(shape) + c * picosPerContextToken() + schedulingPicos(...) + its loads</pre>
 *
 * <p>Being integer and affine in the context, k equal decode steps can be taken in one jump with
 * the same result, to the bit, as one by one. Implementations are pure functions, safe for use by
 * one engine at a time, allocate nothing, and return values of at least 0 ({@link #computePicos} at
 * least 1).
 */
public interface BoundStepCosts {
  /**
   * Time on the GPU and its host thread for one step at zero decode context.
   *
   * @param shape what the step computes, at least one token; not kept
   * @return picoseconds, at least 1
   */
  long computePicos(BatchShape shape);

  /** {@return picoseconds for each KV token that a decoding request reads, at least 0} */
  long picosPerContextToken();

  /**
   * Time that the step loses to the scheduler and to the handling of queued requests.
   *
   * @param running requests running in the step
   * @param waiting requests left waiting after the step was scheduled
   * @param skipped waiting requests that the scheduler passed over for want of an adapter slot
   * @return picoseconds, at least 0
   */
  long schedulingPicos(int running, int waiting, int skipped);

  /**
   * Time to bring one adapter one tier up.
   *
   * @param adapterRank rank of the adapter, at least 1
   * @param from where its weights are
   * @return picoseconds, at least 0
   */
  long loadPicos(int adapterRank, AdapterTier from);

  /**
   * {@return picoseconds between a request's arrival at the server and its arrival in the engine's
   * waiting queue, at least 0}
   */
  long frontEndPicos();
}
