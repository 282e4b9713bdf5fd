package io.github.adaptertwin.surrogate;

import java.io.Serializable;

/**
 * A piece of work that can be done anywhere: a pure function of what it holds, so that doing it
 * twice, on another thread or on another machine gives an equal result.
 *
 * @param <R> its result, serialisable if it is to come back from another machine
 */
@FunctionalInterface
public interface RunTask<R> extends Serializable {
  /**
   * Does the work.
   *
   * @return the result
   */
  R run();
}
