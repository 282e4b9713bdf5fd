package io.github.adaptertwin.placement.pack;

import java.util.ArrayList;
import java.util.List;

/**
 * Lowers the largest use of a split: moves a piece off the fullest GPU, or exchanges it for one of
 * another GPU, as long as the fuller of the two gets emptier. Pieces of equal rate and rank stand
 * for each other, so a step looks at kinds of pieces, not at all of them. Deterministic.
 */
final class LocalSearch {
  private static final int MOST_KINDS = 12;
  private static final double LEAST_GAIN = 1e-4;

  private final Effort effort;

  LocalSearch(Effort effort) {
    this.effort = effort;
  }

  /**
   * Improves a split in place.
   *
   * @param split the split
   * @param goodEnough largest use at which the search stops
   * @param mostSteps improvements after which it stops
   */
  void improve(Split split, double goodEnough, int mostSteps) {
    for (int step = 0; step < mostSteps && effort.mayMove(); step++) {
      double[] use = split.bins.stream().mapToDouble(Bin::use).toArray();
      int fullest = 0;
      for (int b = 1; b < use.length; b++) {
        if (use[b] > use[fullest]) {
          fullest = b;
        }
      }
      if (use[fullest] <= goodEnough
          || !(moveOne(split, use, fullest) || swapOne(split, use, fullest))) {
        return;
      }
    }
  }

  private boolean moveOne(Split split, double[] use, int fullest) {
    int bestPiece = -1;
    int bestBin = -1;
    double best = use[fullest] - LEAST_GAIN;
    Bin from = split.bins.get(fullest);
    for (int piece : kinds(split, fullest)) {
      effort.move();
      from.remove(piece);
      double left = from.use();
      for (int b = 0; left < best && b < use.length; b++) {
        if (b == fullest || use[b] >= best) {
          continue;
        }
        Bin to = split.bins.get(b);
        to.add(piece);
        double worse = Math.max(left, to.use());
        to.remove(piece);
        if (worse < best) {
          best = worse;
          bestPiece = piece;
          bestBin = b;
        }
      }
      from.add(piece);
    }
    if (bestPiece < 0) {
      return false;
    }
    shift(split, bestPiece, bestBin);
    return true;
  }

  private boolean swapOne(Split split, double[] use, int fullest) {
    double best = use[fullest] - LEAST_GAIN;
    int[] pair = {-1, -1};
    Bin a = split.bins.get(fullest);
    List<Integer> mine = kinds(split, fullest);
    for (int b = 0; b < use.length; b++) {
      if (b == fullest || use[b] >= best) {
        continue;
      }
      Bin other = split.bins.get(b);
      for (int theirs : kinds(split, b)) {
        for (int piece : mine) {
          if (split.pieces.rate[theirs] >= split.pieces.rate[piece]
              && split.pieces.rank[theirs] >= split.pieces.rank[piece]) {
            continue;
          }
          effort.move();
          exchange(a, other, piece, theirs);
          double worse = a.use();
          worse = worse < best ? Math.max(worse, other.use()) : worse;
          exchange(a, other, theirs, piece);
          if (worse < best) {
            best = worse;
            pair[0] = piece;
            pair[1] = theirs;
          }
        }
      }
    }
    if (pair[0] < 0) {
      return false;
    }
    int to = split.binOf[pair[1]];
    shift(split, pair[0], to);
    shift(split, pair[1], fullest);
    return true;
  }

  private static void exchange(Bin a, Bin b, int fromA, int fromB) {
    a.remove(fromA);
    b.remove(fromB);
    a.add(fromB);
    b.add(fromA);
  }

  private static void shift(Split split, int piece, int bin) {
    split.bins.get(split.binOf[piece]).remove(piece);
    split.bins.get(bin).add(piece);
    split.binOf[piece] = bin;
  }

  /** One piece of each kind on a GPU, at most some, evenly chosen among the kinds. */
  private static List<Integer> kinds(Split split, int bin) {
    List<Integer> all = new ArrayList<>();
    int last = -1;
    for (int piece = 0; piece < split.binOf.length; piece++) {
      if (split.binOf[piece] == bin
          && (last < 0
              || split.pieces.rate[piece] != split.pieces.rate[last]
              || split.pieces.rank[piece] != split.pieces.rank[last])) {
        all.add(piece);
        last = piece;
      }
    }
    if (all.size() <= MOST_KINDS) {
      return all;
    }
    List<Integer> some = new ArrayList<>();
    for (int i = 0; i < MOST_KINDS; i++) {
      some.add(all.get((int) ((long) i * (all.size() - 1) / (MOST_KINDS - 1))));
    }
    return some;
  }
}
