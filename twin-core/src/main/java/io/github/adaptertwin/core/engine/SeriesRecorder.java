package io.github.adaptertwin.core.engine;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.report.SeriesPoint;
import io.github.adaptertwin.core.time.SimulatedTime;
import it.unimi.dsi.fastutil.doubles.DoubleArrayList;
import it.unimi.dsi.fastutil.longs.LongArrayList;

/** The time series of a run, filled step by step. */
final class SeriesRecorder {
  private final long interval;
  private final LongArrayList covered = new LongArrayList();
  private final LongArrayList arrived = new LongArrayList();
  private final LongArrayList completed = new LongArrayList();
  private final LongArrayList generated = new LongArrayList();
  private final DoubleArrayList running = new DoubleArrayList();
  private final DoubleArrayList waiting = new DoubleArrayList();
  private final DoubleArrayList usedBlocks = new DoubleArrayList();
  private final DoubleArrayList adapters = new DoubleArrayList();

  SeriesRecorder(long intervalPicos) {
    interval = intervalPicos;
  }

  private int bin(long time) {
    int bin = Math.toIntExact(time / interval);
    while (covered.size() <= bin) {
      covered.add(0);
      arrived.add(0);
      completed.add(0);
      generated.add(0);
      running.add(0);
      waiting.add(0);
      usedBlocks.add(0);
      adapters.add(0);
    }
    return bin;
  }

  private static void add(DoubleArrayList column, int bin, double value) {
    column.set(bin, column.getDouble(bin) + value);
  }

  private static void add(LongArrayList column, int bin, long value) {
    column.set(bin, column.getLong(bin) + value);
  }

  /** A state that lasted for a time. */
  void span(long start, long picos, long nowRunning, long nowWaiting, long used, long distinct) {
    long from = start;
    long left = picos;
    while (left > 0) {
      int bin = bin(from);
      long part = Math.min(left, (bin + 1) * interval - from);
      add(covered, bin, part);
      add(running, bin, (double) part * nowRunning);
      add(waiting, bin, (double) part * nowWaiting);
      add(usedBlocks, bin, (double) part * used);
      add(adapters, bin, (double) part * distinct);
      from += part;
      left -= part;
    }
  }

  void arrived(long time) {
    add(arrived, bin(time), 1);
  }

  void completed(long time) {
    add(completed, bin(time), 1);
  }

  void generated(long time, long tokens) {
    add(generated, bin(time), tokens);
  }

  ImmutableList<SeriesPoint> points(int kvBlocks) {
    ImmutableList.Builder<SeriesPoint> points = ImmutableList.builder();
    for (int b = 0; b < covered.size(); b++) {
      double picos = covered.getLong(b);
      points.add(
          new SeriesPoint(
              SimulatedTime.toSeconds(b * interval),
              SimulatedTime.toSeconds(covered.getLong(b)),
              arrived.getLong(b),
              completed.getLong(b),
              generated.getLong(b),
              running.getDouble(b) / picos,
              waiting.getDouble(b) / picos,
              usedBlocks.getDouble(b) / picos / kvBlocks,
              adapters.getDouble(b) / picos));
    }
    return points.build();
  }
}
