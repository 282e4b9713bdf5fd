package io.github.adaptertwin.core.input;

/**
 * Input that cannot be used: its message is one line that says where, what is wrong, with which
 * value, and what to do. It is unchecked because a reader deep in a stream must be able to throw
 * it; every public reader documents it.
 */
public final class MalformedInputException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient SourceLocation location;

  /**
   * Reports malformed input.
   *
   * @param location where it stands
   * @param problem what is wrong, with the value, the bound and the remedy
   */
  public MalformedInputException(SourceLocation location, String problem) {
    super(location + ": " + problem);
    this.location = location;
  }

  /**
   * Reports malformed input found by another exception.
   *
   * @param location where it stands
   * @param problem what is wrong, with the value, the bound and the remedy
   * @param cause what found it
   */
  public MalformedInputException(SourceLocation location, String problem, Throwable cause) {
    super(location + ": " + problem, cause);
    this.location = location;
  }

  /** {@return where the input is malformed} */
  public SourceLocation location() {
    return location;
  }
}
