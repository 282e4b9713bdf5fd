package io.github.adaptertwin.workload;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.core.request.RequestCursor;
import io.github.adaptertwin.core.request.RequestSource;
import io.github.adaptertwin.core.time.EventCalendar;
import io.github.adaptertwin.core.time.SimulatedTime;
import io.github.adaptertwin.workload.arrival.GapLaw;
import io.github.adaptertwin.workload.length.LengthLaw;
import it.unimi.dsi.fastutil.longs.Long2IntOpenHashMap;
import java.io.Serializable;
import java.util.List;

/**
 * A fixed number of users, each of whom thinks, asks, waits for the answer and thinks again: a
 * closed loop, whose offered load falls when the engine slows down. With N users, a mean think time
 * Z and a mean response time R it makes N / (Z + R) requests per second (the response time law of
 * operational analysis). A request that the engine refuses counts as answered at once.
 *
 * <p>Turns are independent, or form conversations: the prompt of a turn then begins with everything
 * said before, until that would exceed a number of tokens and a new conversation begins.
 *
 * <p>Every user has random streams of their own, named after group and number, so that another
 * group or more users change nobody else's thoughts and words. Immutable and thread-safe. Only a
 * single replica can serve it: requests depend on the answers, so they cannot be drawn ahead.
 *
 * @param groups who asks whom, at least one group with a user
 * @param thinkTime law of the time from an answer to the next request, and before the first one
 * @param lengths law of the tokens that a user adds and of those that the answer has
 * @param mostContextTokens input and output tokens that a conversation may come to, at least 0; 0
 *     for independent turns
 * @param seed any value
 * @param replication index of the replication
 */
public record ClosedLoopUsers(
    List<Group> groups,
    GapLaw thinkTime,
    LengthLaw lengths,
    int mostContextTokens,
    long seed,
    int replication)
    implements RequestSource {
  private static final long serialVersionUID = 1L;

  /**
   * Users of one adapter.
   *
   * @param name not blank, unlike any other group's; random streams are named after it
   * @param adapter index of the adapter, or {@link RequestCursor#BASE_MODEL}
   * @param users their number, at least 0
   */
  public record Group(String name, int adapter, int users) implements Serializable {
    private static final long serialVersionUID = 1L;

    /** Checks the figures. */
    public Group {
      if (name.isBlank()) {
        throw new IllegalArgumentException("a group's name is blank; name it after its adapter");
      }
      if (adapter < RequestCursor.BASE_MODEL) {
        throw new IllegalArgumentException(
            "group '" + name + "' asks adapter " + adapter + ", must be at least -1");
      }
      if (users < 0) {
        throw new IllegalArgumentException(
            "group '" + name + "' has " + users + " users, must be at least 0");
      }
    }
  }

  /** Checks the figures and takes an unmodifiable copy of the list. */
  public ClosedLoopUsers {
    groups = ImmutableList.copyOf(groups);
    if (groups.stream().mapToLong(Group::users).sum() < 1) {
      throw new IllegalArgumentException("there is no user; give at least one group with a user");
    }
    if (groups.stream().mapToLong(Group::users).sum() > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("there are more than 2^31 - 1 users; split the groups");
    }
    if (groups.stream().map(Group::name).distinct().count() < groups.size()) {
      throw new IllegalArgumentException("two groups have the same name; names must differ");
    }
    if (mostContextTokens < 0) {
      throw new IllegalArgumentException(
          "most context tokens are " + mostContextTokens + ", must be at least 0");
    }
  }

  /**
   * Makes users with independent turns, each group named after its adapter.
   *
   * @param adapters the adapters, in the engine's order
   * @param usersOfEach users of each adapter, at least 1
   * @param thinkTime law of the think time
   * @param lengths law of the lengths
   * @param seed any value
   * @return the users, replication 0
   */
  public static ClosedLoopUsers ofEach(
      List<LoraAdapter> adapters, int usersOfEach, GapLaw thinkTime, LengthLaw lengths, long seed) {
    ImmutableList.Builder<Group> groups = ImmutableList.builder();
    for (int a = 0; a < adapters.size(); a++) {
      groups.add(new Group(adapters.get(a).id(), a, usersOfEach));
    }
    return new ClosedLoopUsers(groups.build(), thinkTime, lengths, 0, seed, 0);
  }

  /** {@return number of users in all groups} */
  public int users() {
    return groups.stream().mapToInt(Group::users).sum();
  }

  @Override
  public int adapterCount() {
    return groups.stream().mapToInt(Group::adapter).max().orElse(RequestCursor.BASE_MODEL) + 1;
  }

  @Override
  public RequestCursor open() {
    return new Cursor(this);
  }

  private static final class Cursor implements RequestCursor {
    private static final int NOBODY = -1;

    private final ClosedLoopUsers source;
    private final int[] adapterOf;
    private final GapLaw.Sampler[] thoughts;
    private final RandomStream[] words;
    private final long[] turn;
    private final int[] context;
    private final EventCalendar next;
    private final Long2IntOpenHashMap asked = new Long2IntOpenHashMap();
    private long requests;
    private long arrival;
    private int user = NOBODY;

    Cursor(ClosedLoopUsers source) {
      this.source = source;
      int n = source.users();
      adapterOf = new int[n];
      thoughts = new GapLaw.Sampler[n];
      words = new RandomStream[n];
      turn = new long[n];
      context = new int[n];
      next = new EventCalendar(n);
      RandomStreams streams = new RandomStreams(source.seed);
      int u = 0;
      for (Group group : source.groups) {
        for (int i = 0; i < group.users; i++) {
          String name = group.name + '/' + i;
          adapterOf[u] = group.adapter;
          thoughts[u] =
              source.thinkTime.sampler(streams.stream("think/" + name, source.replication));
          words[u] = streams.stream("words/" + name, source.replication);
          ask(u, 0);
          u++;
        }
      }
      take();
    }

    /** Decides on the next request of a user who begins to think. */
    private void ask(int who, long picos) {
      long pair = source.lengths.draw(words[who]);
      int input = LengthLaw.input(pair);
      int output = LengthLaw.output(pair);
      long total = (long) context[who] + input + output;
      if (total > source.mostContextTokens) {
        context[who] = 0;
      }
      int prompt = context[who] + input;
      turn[who] = (long) prompt << 32 | output;
      context[who] = source.mostContextTokens == 0 ? 0 : prompt + output;
      double thought = thoughts[who].nextSeconds() * SimulatedTime.PICOS_PER_SECOND;
      // Beyond the longest representable time no run has a horizon.
      if (thought < (double) (NO_MORE - picos)) {
        // Never at once: who is refused would come back for ever at the same time.
        next.post(picos + Math.max(1, (long) thought), who, who);
      }
    }

    private void take() {
      if (next.isEmpty()) {
        user = NOBODY;
        arrival = NO_MORE;
        return;
      }
      arrival = next.nextTimePicos();
      user = (int) next.poll();
    }

    @Override
    public boolean isClosedLoop() {
      return true;
    }

    @Override
    public long arrivalPicos() {
      return arrival;
    }

    @Override
    public int adapter() {
      return adapterOf[user];
    }

    @Override
    public int inputTokens() {
      return LengthLaw.input(turn[user]);
    }

    @Override
    public int outputTokens() {
      return LengthLaw.output(turn[user]);
    }

    @Override
    public void advance() {
      if (user != NOBODY) {
        asked.put(requests++, user);
        take();
      }
    }

    @Override
    public void ended(long request, long picos) {
      int who = asked.remove(request);
      if (user != NOBODY) {
        next.post(arrival, user, user);
      }
      ask(who, picos);
      take();
    }
  }
}
