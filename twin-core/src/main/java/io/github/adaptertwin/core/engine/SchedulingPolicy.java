package io.github.adaptertwin.core.engine;

/** In which order waiting requests are admitted, and which running request is preempted. */
public enum SchedulingPolicy {
  /**
   * First come, first served, vLLM's default: a request whose adapter finds no slot is passed over,
   * for as long as that lasts; the request admitted last is preempted, and goes to the head of the
   * queue.
   */
  FCFS,

  /**
   * By priority, smallest number first, then by arrival, vLLM's {@code --scheduling-policy
   * priority}: the running request that is last in that order is preempted and goes back to its
   * place in it. Adapters without a slot are passed over as in {@link #FCFS}. One simplification: a
   * request that has to preempt itself does not keep those admitted after it from the step.
   */
  PRIORITY,

  /**
   * As {@link #FCFS}, but a request that has waited for the aging time, or was preempted, is not
   * passed over: nobody behind it is admitted until an adapter has left its slot to it. That ends
   * the starvation which overlapping traffic of the adapters in the slots causes. Not a policy of
   * vLLM.
   */
  FAIR
}
