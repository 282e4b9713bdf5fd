package io.github.adaptertwin.core.input;

/**
 * Input that cannot be used: its message is one line that says where, what is wrong, with which
 * value, and what to do, as {@link VisibleText} shows it. It is unchecked because a reader deep in
 * a stream must be able to throw it; every public reader documents it.
 */
public final class MalformedInputException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient SourceLocation location;
  private final String problem;

  /**
   * Reports malformed input.
   *
   * @param location where it stands
   * @param problem what is wrong, with the value, the bound and the remedy
   */
  public MalformedInputException(SourceLocation location, String problem) {
    super(VisibleText.of(location + ": " + problem));
    this.location = location;
    this.problem = problem;
  }

  /**
   * Reports malformed input found by another exception.
   *
   * @param location where it stands
   * @param problem what is wrong, with the value, the bound and the remedy
   * @param cause what found it
   */
  public MalformedInputException(SourceLocation location, String problem, Throwable cause) {
    super(VisibleText.of(location + ": " + problem), cause);
    this.location = location;
    this.problem = problem;
  }

  /** {@return where the input is malformed} */
  public SourceLocation location() {
    return location;
  }

  /** {@return what is wrong, without the place and not cut; it may hold any characters} */
  public String problem() {
    return problem;
  }
}
