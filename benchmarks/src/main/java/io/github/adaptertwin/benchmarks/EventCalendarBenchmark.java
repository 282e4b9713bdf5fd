package io.github.adaptertwin.benchmarks;

import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.core.time.EventCalendar;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The event calendar under the hold model: poll the first of n events and post it anew an
 * exponential time later. Beside it the JDK's priority queue of objects, for the ratio.
 *
 * <pre>java -jar benchmarks/target/benchmarks.jar EventCalendarBenchmark -prof gc</pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class EventCalendarBenchmark {
  private static final int MASK = (1 << 16) - 1;

  /** Events that are pending at any time. */
  @Param({"16", "1024", "65536"})
  public int pending;

  private final long[] delays = new long[MASK + 1];
  private EventCalendar calendar = new EventCalendar();
  private PriorityQueue<Event> queue = new PriorityQueue<>();
  private int next;

  private record Event(long timePicos, long sequence) implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      int byTime = Long.compare(timePicos, other.timePicos);
      return byTime != 0 ? byTime : Long.compare(sequence, other.sequence);
    }
  }

  /** Fills both queues. */
  @Setup
  public void fill() {
    RandomStream stream = new RandomStreams(1).stream("hold", 0);
    for (int i = 0; i <= MASK; i++) {
      delays[i] = (long) (1e9 * stream.nextExponential());
    }
    calendar = new EventCalendar(pending);
    queue = new PriorityQueue<>();
    for (int i = 0; i < pending; i++) {
      calendar.post(delays[i & MASK], 0, i);
      queue.add(new Event(delays[i & MASK], i));
    }
  }

  /** One hold on the calendar. */
  @Benchmark
  public long calendar() {
    long now = calendar.nextTimePicos();
    long what = calendar.poll();
    calendar.post(now + delays[next++ & MASK], 0, what);
    return what;
  }

  /** One hold on the JDK's queue of objects. */
  @Benchmark
  public long priorityQueueOfObjects() {
    Event first = queue.remove();
    queue.add(new Event(first.timePicos + delays[next++ & MASK], first.sequence));
    return first.sequence;
  }
}
