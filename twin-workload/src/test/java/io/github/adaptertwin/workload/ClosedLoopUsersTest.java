package io.github.adaptertwin.workload;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.engine.AdapterTier;
import io.github.adaptertwin.core.engine.BatchShape;
import io.github.adaptertwin.core.engine.BoundStepCosts;
import io.github.adaptertwin.core.engine.EngineConfig;
import io.github.adaptertwin.core.engine.Replica;
import io.github.adaptertwin.core.engine.RunOptions;
import io.github.adaptertwin.core.engine.StepCosts;
import io.github.adaptertwin.core.report.ReplicaReport;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.core.request.RequestCursor;
import io.github.adaptertwin.workload.ClosedLoopUsers.Group;
import io.github.adaptertwin.workload.arrival.ExponentialGaps;
import io.github.adaptertwin.workload.length.FixedLengths;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ClosedLoopUsersTest {
  private static final ExponentialGaps THINK = new ExponentialGaps(2);

  /** Every step lasts a tenth of a second. */
  private static final class TenthOfASecond implements StepCosts, BoundStepCosts {
    private static final long serialVersionUID = 1L;

    @Override
    public BoundStepCosts bind(EngineConfig config) {
      return this;
    }

    @Override
    public long computePicos(BatchShape shape) {
      return 100_000_000_000L;
    }

    @Override
    public long picosPerContextToken() {
      return 0;
    }

    @Override
    public long schedulingPicos(int running, int waiting, int skipped) {
      return 0;
    }

    @Override
    public long loadPicos(int adapterRank, AdapterTier from) {
      return 0;
    }

    @Override
    public long frontEndPicos() {
      return 0;
    }
  }

  private static Replica replica(int adapters) {
    List<LoraAdapter> all =
        IntStream.range(0, adapters).mapToObj(a -> new LoraAdapter("a" + a, 8)).toList();
    return Replica.of(
        EngineConfig.builder().adapters(all).maxLoras(adapters).kvBlocks(10_000).build(),
        new TenthOfASecond());
  }

  @Test
  void throughput_keeps_the_response_time_law() {
    // N = X (Z + R). Over 4,000 s some 40 / 2.4 * 4,000 = 67,000 thoughts, whose mean has a
    // standard error of .4 %; 2 % is five of them.
    ClosedLoopUsers users =
        ClosedLoopUsers.ofEach(
            List.of(new LoraAdapter("a0", 8), new LoraAdapter("a1", 8)),
            20,
            THINK,
            new FixedLengths(20, 4),
            7);
    ReplicaReport report = replica(2).run(users, RunOptions.ofSeconds(4000));
    double rate = report.requests().completed() / 4000.0;
    double response = report.endToEnd().mean();
    assertTrue(response > 0.4 && response < 0.6, () -> "response " + response);
    assertEquals(users.users(), rate * (THINK.meanSeconds() + response), 0.02 * users.users());
    assertTrue(report.running().max() <= users.users());
  }

  @Test
  void a_conversation_begins_with_what_was_said_until_it_is_too_long() {
    ClosedLoopUsers one =
        new ClosedLoopUsers(
            List.of(new Group("g", RequestCursor.BASE_MODEL, 1)),
            THINK,
            new FixedLengths(10, 5),
            40,
            3,
            0);
    RequestCursor cursor = one.open();
    int[] prompts = new int[4];
    long last = -1;
    for (int turn = 0; turn < prompts.length; turn++) {
      assertTrue(cursor.arrivalPicos() > last);
      prompts[turn] = cursor.inputTokens();
      last = cursor.arrivalPicos() + 1000;
      cursor.advance();
      assertEquals(RequestCursor.NO_MORE, cursor.arrivalPicos());
      cursor.ended(turn, last);
    }
    // 10; 15 said before and 10; 30 said before would come to 45 with the answer, so 10 again.
    assertArrayEquals(new int[] {10, 25, 10, 25}, prompts);
  }

  @Property(tries = 50)
  void more_users_of_another_adapter_leave_the_first_requests_as_they_are(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 30) int others) {
    Group own = new Group("own", 0, 3);
    long[] alone = firstArrivals(List.of(own), seed, 0);
    long[] among = firstArrivals(List.of(own, new Group("other", 1, others)), seed, 0);
    assertArrayEquals(alone, among);
  }

  private static long[] firstArrivals(List<Group> groups, long seed, int adapter) {
    RequestCursor cursor =
        new ClosedLoopUsers(groups, THINK, new FixedLengths(10, 5), 0, seed, 0).open();
    long[] first = new long[3];
    for (int found = 0; found < first.length; cursor.advance()) {
      if (cursor.adapter() == adapter) {
        first[found++] = cursor.arrivalPicos();
      }
    }
    return first;
  }

  @Test
  void a_run_is_the_same_each_time() {
    ClosedLoopUsers users =
        ClosedLoopUsers.ofEach(
            List.of(new LoraAdapter("a0", 8)), 30, THINK, new FixedLengths(20, 4), 11);
    RunOptions options = RunOptions.ofSeconds(500).withChecks(true);
    assertEquals(replica(1).run(users, options), replica(1).run(users, options));
  }

  @Test
  void what_makes_no_sense_is_refused_with_the_value() {
    Exception nobody =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                new ClosedLoopUsers(
                    List.of(new Group("g", 0, 0)), THINK, new FixedLengths(1, 1), 0, 1, 0));
    assertTrue(nobody.getMessage().contains("no user"));
    Exception negative = assertThrows(IllegalArgumentException.class, () -> new Group("g", 0, -4));
    assertTrue(negative.getMessage().contains("-4"));
    assertThrows(IllegalArgumentException.class, () -> new Group(" ", 0, 1));
    assertThrows(IllegalArgumentException.class, () -> new Group("g", -2, 1));
    List<Group> twins = List.of(new Group("g", 0, 1), new Group("g", 1, 1));
    assertThrows(
        IllegalArgumentException.class,
        () -> new ClosedLoopUsers(twins, THINK, new FixedLengths(1, 1), 0, 1, 0));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new ClosedLoopUsers(
                List.of(new Group("g", 0, 1)), THINK, new FixedLengths(1, 1), -1, 1, 0));
  }
}
