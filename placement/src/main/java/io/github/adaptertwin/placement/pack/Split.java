package io.github.adaptertwin.placement.pack;

import java.util.List;

/** An assignment of pieces to bins, with the use of each bin. Not thread-safe. */
final class Split {
  final Pieces pieces;
  final List<Bin> bins;
  final int[] binOf;

  Split(Pieces pieces, List<Bin> bins, int[] binOf) {
    this.pieces = pieces;
    this.bins = bins;
    this.binOf = binOf;
  }

  /** {@return the largest use of a bin} */
  double mostUse() {
    double most = 0;
    for (Bin bin : bins) {
      most = Math.max(most, bin.use());
    }
    return most;
  }
}
