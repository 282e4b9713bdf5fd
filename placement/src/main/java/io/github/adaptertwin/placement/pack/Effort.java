package io.github.adaptertwin.placement.pack;

/**
 * Counts what planning does and says when it is enough. Counted, not timed, so that a plan is a
 * pure function of its inputs; the listener may still throw to cancel. Not thread-safe.
 */
public final class Effort {
  private final long mostAssessments;
  private final long mostMoves;
  private final Runnable onAssessment;
  private long assessments;
  private long moves;
  private boolean ended;

  /**
   * Makes a budget.
   *
   * @param mostAssessments candidates that the twin may judge, at least 1
   * @param mostMoves moves that the local search may try, at least 0
   * @param onAssessment run before each candidate is judged, and at each {@link #poll}; may throw
   *     to cancel
   */
  public Effort(long mostAssessments, long mostMoves, Runnable onAssessment) {
    this.mostAssessments = mostAssessments;
    this.mostMoves = mostMoves;
    this.onAssessment = onAssessment;
  }

  /** Counts one candidate. */
  public void assess() {
    assessments++;
    onAssessment.run();
  }

  /** Lets the listener speak where work goes on without a candidate. */
  public void poll() {
    onAssessment.run();
  }

  /** Ends the search: no more candidates and moves than so far. */
  public void end() {
    ended = true;
  }

  /** Counts one move. */
  void move() {
    moves++;
  }

  /** {@return candidates judged so far} */
  public long assessments() {
    return assessments;
  }

  /** {@return moves tried so far} */
  public long moves() {
    return moves;
  }

  /** {@return whether another candidate may be judged} */
  public boolean mayAssess() {
    return !ended && assessments < mostAssessments;
  }

  /** {@return whether another move may be tried} */
  boolean mayMove() {
    return !ended && moves < mostMoves;
  }

  /** {@return whether a bound of the budget was met} */
  public boolean spent() {
    return !mayAssess() || !mayMove();
  }
}
