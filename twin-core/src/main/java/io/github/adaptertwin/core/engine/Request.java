package io.github.adaptertwin.core.engine;

/**
 * What an engine keeps of a request that it has admitted (and of those waiting ones that it must
 * know more of). Pooled by {@link RequestTable}; links between requests are row numbers, so that
 * nothing is written that a garbage collector has to hear of.
 */
final class Request {
  /** Its place in the table. */
  final int row;

  /** Number of the request in the source. */
  long index;

  /** Arrival at the server. */
  long arrival;

  /** When it was first admitted. */
  long firstAdmitted;

  /** When it was admitted last, while running. */
  long runningSince;

  /** Since when it waits, if it was preempted. */
  long waitingSince;

  /** End of the step that made the first token. */
  long firstToken;

  /** End of the step that made the latest token before a preemption. */
  long lastToken;

  /** Step that completed the latest prefill, while decoding. */
  long joinStep;

  /** Step that makes the last token, while decoding. */
  long finishStep;

  /** Row of the adapter in the engine's books; the base model's is the number of adapters. */
  int adapterRow;

  /** Priority class. */
  int priority;

  /** Prompt tokens. */
  int input;

  /** Tokens to generate. */
  int output;

  /** Tokens generated before the latest admission. */
  int generated;

  /** Tokens of the prefill that are computed, while prefilling. */
  int computed;

  /** Whether it has been admitted before. */
  boolean admitted;

  /** Place in the order of admission, while running. */
  int runningPlace;

  /** Row of the request below it among those that finish in the same step. */
  int finishingBelow;

  /** Residue of the steps in which it needs another KV block, while decoding. */
  int growthResidue;

  Request(int row) {
    this.row = row;
  }

  /** Input and generated tokens of a request that is not decoding: what its prefill computes. */
  int prefillTokens() {
    return input + generated;
  }
}
