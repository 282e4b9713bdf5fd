package io.github.adaptertwin.core.request;

/**
 * A position in a stream of requests, in order of arrival. An engine reads the current request and
 * advances; nothing is allocated per request. Not thread-safe.
 */
public interface RequestCursor {
  /** {@link #arrivalPicos()} of a cursor that has no request left. */
  long NO_MORE = Long.MAX_VALUE;

  /** {@link #adapter()} of a request to the base model. */
  int BASE_MODEL = -1;

  /**
   * {@return when the current request arrives, in picoseconds from the start of the run, never
   * earlier than the request before it; {@link #NO_MORE} when there is none left}
   */
  long arrivalPicos();

  /**
   * {@return index of the current request's adapter, or {@link #BASE_MODEL}; undefined when there
   * is no request left}
   */
  int adapter();

  /** {@return prompt tokens of the current request, at least 1} */
  int inputTokens();

  /** {@return tokens that the current request generates, at least 1} */
  int outputTokens();

  /**
   * {@return priority of the current request in [0, 63], smaller first; 0 by default. Only an
   * engine that schedules by priority looks at it}
   */
  default int priority() {
    return 0;
  }

  /**
   * {@return tokens at the begin of the current prompt that carry hashes, 0 by default. Only an
   * engine with prefix caching looks at them}
   */
  default int hashedTokens() {
    return 0;
  }

  /**
   * Tells what the begin of the current prompt is.
   *
   * @param token a token in [0, {@link #hashedTokens()})
   * @return a hash of all tokens up to it, or up to the end of the source's own block around it:
   *     equal for equal beginnings, different otherwise
   */
  default long prefixHash(int token) {
    throw new IllegalStateException("the request carries no hashes");
  }

  /** Moves to the next request. Does nothing when there is none left. */
  void advance();

  /**
   * {@return whether requests come in answer to others, as those of users who read an answer before
   * they ask again, so that the engine must tell when a request has {@link #ended}; false by
   * default}
   */
  default boolean isClosedLoop() {
    return false;
  }

  /**
   * Hears that a request has ended: its last token was made, or it was refused because too many
   * wait or because it is too long. Only a closed-loop cursor is told. The current request may be
   * another one afterwards, but none that arrives before this end, and what comes in answer to a
   * refusal must come later than it, or both would repeat for ever. The default does nothing.
   *
   * @param request number of the request in the order of reading, from 0
   * @param picos when it ended
   */
  default void ended(long request, long picos) {
    // Nothing depends on it.
  }

  /**
   * Lets every request that arrives before a time go by as a count, without its own figures: a
   * source with a waiting cap may do so for arrivals that will be dropped, so that they cost
   * nothing one by one. What has gone by is told by {@link #tellDropped}. The default does nothing.
   *
   * @param picos time before which arrivals go by
   * @return whether it was done; if not, the engine advances past every request
   */
  default boolean dropBefore(long picos) {
    return false;
  }

  /**
   * Tells what {@link #dropBefore} has let go by since the last time that it was told.
   *
   * @param sink hears the totals of each adapter, once
   */
  default void tellDropped(DropSink sink) {
    // Nothing has gone by.
  }

  /** Hears of requests that were dropped as counts. */
  @FunctionalInterface
  interface DropSink {
    /**
     * Requests of one adapter were dropped.
     *
     * @param adapter index of the adapter, or {@link #BASE_MODEL}
     * @param requests their number, at least 0
     * @param inputTokens their prompt tokens together
     * @param outputTokens their output tokens together
     */
    void dropped(int adapter, long requests, long inputTokens, long outputTokens);
  }
}
