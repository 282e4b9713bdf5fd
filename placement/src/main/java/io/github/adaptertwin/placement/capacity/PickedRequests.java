package io.github.adaptertwin.placement.capacity;

import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.core.request.RequestCursor;
import io.github.adaptertwin.core.request.RequestSource;

/**
 * The requests of a source that go to one GPU: every request draws from the stream of its adapter,
 * so that the GPUs among which an adapter is shared split its requests without overlap.
 */
final class PickedRequests implements RequestSource {
  private static final long serialVersionUID = 1L;

  /** Row of an adapter that is not on the GPU. */
  static final int NONE = -2;

  private final RequestSource whole;
  private final int[] rows;
  private final double[] from;
  private final double[] to;
  private final String[] names;
  private final double baseFrom;
  private final double baseTo;
  private final long seed;

  PickedRequests(RequestSource whole, int[] rows, GpuTraffic traffic, long seed) {
    this.whole = whole;
    this.rows = rows;
    this.seed = seed;
    int n = traffic.adapters().size();
    from = new double[n];
    to = new double[n];
    names = new String[n];
    for (int i = 0; i < n; i++) {
      from[i] = traffic.adapters().get(i).from();
      to[i] = traffic.adapters().get(i).to();
      names[i] = traffic.adapters().get(i).traffic().adapter().id();
    }
    baseFrom = traffic.baseFrom();
    baseTo = traffic.baseTo();
  }

  @Override
  public int adapterCount() {
    return from.length;
  }

  @Override
  public int waitingCap() {
    return whole.waitingCap();
  }

  @Override
  public RequestCursor open() {
    return new Picking(whole.open());
  }

  private final class Picking implements RequestCursor {
    private final RequestCursor all;
    private final RandomStream[] draws = new RandomStream[names.length];
    private final RandomStream baseDraws;
    private int row = BASE_MODEL;

    Picking(RequestCursor all) {
      this.all = all;
      RandomStreams streams = new RandomStreams(seed);
      for (int i = 0; i < draws.length; i++) {
        draws[i] = streams.stream("placement/shares/" + names[i], 0);
      }
      baseDraws = streams.stream("placement/base-shares", 0);
      settle();
    }

    /** Moves to the next request that belongs here, the current one included. */
    private void settle() {
      while (all.arrivalPicos() != NO_MORE && !belongsHere()) {
        all.advance();
      }
    }

    private boolean belongsHere() {
      int adapter = all.adapter();
      if (adapter == BASE_MODEL) {
        row = BASE_MODEL;
        double draw = baseDraws.nextDouble();
        return draw >= baseFrom && draw < baseTo;
      }
      row = rows[adapter];
      if (row == NONE) {
        return false;
      }
      if (from[row] == 0 && to[row] == 1) {
        return true;
      }
      double draw = draws[row].nextDouble();
      return draw >= from[row] && draw < to[row];
    }

    @Override
    public long arrivalPicos() {
      return all.arrivalPicos();
    }

    @Override
    public int adapter() {
      return row;
    }

    @Override
    public int inputTokens() {
      return all.inputTokens();
    }

    @Override
    public int outputTokens() {
      return all.outputTokens();
    }

    @Override
    public int priority() {
      return all.priority();
    }

    @Override
    public int hashedTokens() {
      return all.hashedTokens();
    }

    @Override
    public long prefixHash(int token) {
      return all.prefixHash(token);
    }

    @Override
    public void advance() {
      if (all.arrivalPicos() != NO_MORE) {
        all.advance();
        settle();
      }
    }
  }
}
