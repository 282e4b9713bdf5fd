package io.github.adaptertwin.core.engine;

import io.github.adaptertwin.core.request.RequestCursor;
import io.github.adaptertwin.core.request.RequestSource;

/** The requests that a router has sent to a replica and that its engine has not yet read. */
@SuppressWarnings("serial") // Lives as long as one run of a cluster.
final class Inbox implements RequestSource, RequestCursor {
  private static final int FIRST_CAPACITY = 16;

  private final int adapterCount;
  private final int waitingCap;
  private long[] arrival = new long[FIRST_CAPACITY];
  private int[] figures = new int[4 * FIRST_CAPACITY];
  private long[][] hashes = new long[FIRST_CAPACITY][0];
  private int first;
  private int size;

  Inbox(int adapterCount, int waitingCap) {
    this.adapterCount = adapterCount;
    this.waitingCap = waitingCap;
  }

  int size() {
    return size;
  }

  /** Adds the current request of a cursor. */
  void add(RequestCursor from) {
    if (size == arrival.length) {
      grow();
    }
    int at = (first + size++) & (arrival.length - 1);
    arrival[at] = from.arrivalPicos();
    figures[4 * at] = from.adapter();
    figures[4 * at + 1] = from.inputTokens();
    figures[4 * at + 2] = from.outputTokens();
    figures[4 * at + 3] = from.priority();
    hashes[at] = new long[from.hashedTokens()];
    for (int t = 0; t < hashes[at].length; t++) {
      hashes[at][t] = from.prefixHash(t);
    }
  }

  private void grow() {
    int capacity = arrival.length;
    long[] newArrival = new long[2 * capacity];
    int[] newFigures = new int[8 * capacity];
    long[][] newHashes = new long[2 * capacity][0];
    for (int i = 0; i < size; i++) {
      int at = (first + i) & (capacity - 1);
      newArrival[i] = arrival[at];
      newHashes[i] = hashes[at];
      System.arraycopy(figures, 4 * at, newFigures, 4 * i, 4);
    }
    arrival = newArrival;
    figures = newFigures;
    hashes = newHashes;
    first = 0;
  }

  @Override
  public RequestCursor open() {
    return this;
  }

  @Override
  public int adapterCount() {
    return adapterCount;
  }

  @Override
  public int waitingCap() {
    return waitingCap;
  }

  @Override
  public long arrivalPicos() {
    return size == 0 ? NO_MORE : arrival[first];
  }

  @Override
  public int adapter() {
    return figures[4 * first];
  }

  @Override
  public int inputTokens() {
    return figures[4 * first + 1];
  }

  @Override
  public int outputTokens() {
    return figures[4 * first + 2];
  }

  @Override
  public int priority() {
    return figures[4 * first + 3];
  }

  @Override
  public int hashedTokens() {
    return hashes[first].length;
  }

  @Override
  public long prefixHash(int token) {
    return hashes[first][token];
  }

  @Override
  public void advance() {
    if (size > 0) {
      first = (first + 1) & (arrival.length - 1);
      size--;
    }
  }
}
