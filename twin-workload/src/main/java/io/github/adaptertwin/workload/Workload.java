package io.github.adaptertwin.workload;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.core.request.RequestCursor;
import io.github.adaptertwin.core.request.RequestSource;
import io.github.adaptertwin.core.request.RequestTrace;
import io.github.adaptertwin.core.time.SimulatedTime;
import io.github.adaptertwin.workload.arrival.ArrivalLaw;
import io.github.adaptertwin.workload.length.LengthLaw;
import java.io.Serializable;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Who asks what, when: the adapters of one base model with their traffic, the law of request
 * lengths, and a horizon. Requests either come from independent laws of arrival, one for each
 * adapter and one for the base model without an adapter, or from a recording. Immutable and
 * thread-safe.
 *
 * <p>Each adapter draws from streams of its own, named by its id, so adding an adapter never
 * changes another's requests, and a part of a workload sees the requests that the whole would see.
 */
public final class Workload implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final int LEFT_OUT = RequestCursor.BASE_MODEL - 1;

  private final String baseModel;
  private final ImmutableList<AdapterTraffic> adapters;
  private final LengthLaw lengths;
  private final double horizonSeconds;
  private final @Nullable ArrivalLaw baseModelArrivals;
  private final @Nullable RequestTrace recording;

  private Workload(
      String baseModel,
      ImmutableList<AdapterTraffic> adapters,
      @Nullable ArrivalLaw baseModelArrivals,
      LengthLaw lengths,
      double horizonSeconds,
      @Nullable RequestTrace recording) {
    if (baseModel.isBlank()) {
      throw new IllegalArgumentException("base model is blank; name the model to be served");
    }
    if (adapters.isEmpty()) {
      throw new IllegalArgumentException("workload is empty; give it at least one adapter");
    }
    if (!(horizonSeconds > 0 && horizonSeconds <= SimulatedTime.MAX_SECONDS)) {
      throw new IllegalArgumentException(
          "horizon is "
              + horizonSeconds
              + " s, must be in (0, "
              + SimulatedTime.MAX_SECONDS
              + "]; 3600 is usual");
    }
    Set<String> ids = new LinkedHashSet<>();
    for (AdapterTraffic traffic : adapters) {
      if (!ids.add(traffic.adapter().id())) {
        throw new IllegalArgumentException(
            "adapter id '" + traffic.adapter().id() + "' is used twice; ids must be unique");
      }
    }
    this.baseModel = baseModel;
    this.adapters = adapters;
    this.lengths = lengths;
    this.horizonSeconds = horizonSeconds;
    this.baseModelArrivals = baseModelArrivals;
    this.recording =
        recording == null ? null : before(recording, SimulatedTime.toPicos(horizonSeconds));
  }

  /** The recording without the requests that come too late. */
  private static RequestTrace before(RequestTrace all, long horizonPicos) {
    int size = all.size();
    while (size > 0 && all.arrivalPicos(size - 1) >= horizonPicos) {
      size--;
    }
    return size == all.size() ? all : copied(all, size, all.adapterCount(), adapter -> adapter);
  }

  /**
   * Copies the first requests with all that they carry.
   *
   * @param rowOf new number of each adapter, {@link #LEFT_OUT} to leave its requests out
   */
  private static RequestTrace copied(
      RequestTrace from, int size, int adapters, IntUnaryOperator rowOf) {
    RequestTrace.Builder to =
        RequestTrace.builder(adapters)
            .waitingCap(from.waitingCap())
            .hashBlockTokens(from.hashBlockTokens());
    for (int i = 0; i < size; i++) {
      int row = rowOf.applyAsInt(from.adapter(i));
      if (row == LEFT_OUT) {
        continue;
      }
      to.add(
          from.arrivalPicos(i), row, from.inputTokens(i), from.outputTokens(i), from.priority(i));
      long[] hashes = from.prefixHashes(i);
      if (hashes.length > 0) {
        to.prefixHashes(hashes);
      }
    }
    return to.build();
  }

  /**
   * Makes a workload of independent laws of arrival.
   *
   * @param baseModel name of the base model, not blank
   * @param adapters the adapters and when they are asked for, at least one, ids unique
   * @param lengths law of request lengths
   * @param horizonSeconds for how long, in (0, 9.2e6]
   * @return the workload
   * @throws IllegalArgumentException if an argument is outside its bound; the message names it
   */
  public static Workload of(
      String baseModel, List<AdapterTraffic> adapters, LengthLaw lengths, double horizonSeconds) {
    return new Workload(
        baseModel, ImmutableList.copyOf(adapters), null, lengths, horizonSeconds, null);
  }

  /**
   * Makes a workload of independent Poisson processes; another name for {@link #of} with adapters
   * that were given by their rates.
   *
   * @param baseModel name of the base model, not blank
   * @param adapters the adapters and their rates, at least one, ids unique
   * @param lengths law of request lengths
   * @param horizonSeconds for how long, in (0, 9.2e6]
   * @return the workload
   * @throws IllegalArgumentException if an argument is outside its bound; the message names it
   */
  public static Workload poisson(
      String baseModel, List<AdapterTraffic> adapters, LengthLaw lengths, double horizonSeconds) {
    return of(baseModel, adapters, lengths, horizonSeconds);
  }

  /**
   * Makes a workload that replays a recording.
   *
   * @param baseModel name of the base model, not blank
   * @param adapters the adapters by their index in the recording, with their mean rates
   * @param lengths the recording's lengths as a law, for planning
   * @param horizonSeconds for how long; requests from there on are left out
   * @param recording the requests
   * @return the workload
   * @throws IllegalArgumentException if the recording names more or fewer adapters than are given,
   *     or an argument is outside its bound
   */
  public static Workload recorded(
      String baseModel,
      List<AdapterTraffic> adapters,
      LengthLaw lengths,
      double horizonSeconds,
      RequestTrace recording) {
    if (recording.adapterCount() != adapters.size()) {
      throw new IllegalArgumentException(
          "the recording names "
              + recording.adapterCount()
              + " adapters, "
              + adapters.size()
              + " are given; give each of them once, by its index in the recording");
    }
    return new Workload(
        baseModel, ImmutableList.copyOf(adapters), null, lengths, horizonSeconds, recording);
  }

  /**
   * Adds requests to the base model itself, without an adapter.
   *
   * @param arrivals law of their arrivals; their lengths have the law of the others
   * @return the workload with them instead of those that it had
   * @throws IllegalStateException if this is a recording
   */
  public Workload withBaseModelRequests(ArrivalLaw arrivals) {
    if (recording != null) {
      throw new IllegalStateException("a recording has its requests; none can be added to it");
    }
    return new Workload(baseModel, adapters, arrivals, lengths, horizonSeconds, null);
  }

  /** {@return name of the base model} */
  public String baseModel() {
    return baseModel;
  }

  /** {@return the adapters and their mean rates; unmodifiable} */
  public List<AdapterTraffic> adapters() {
    return adapters;
  }

  /** {@return law of request lengths; of a recording, the law that draws its rows} */
  public LengthLaw lengths() {
    return lengths;
  }

  /** {@return for how long requests come, in seconds} */
  public double horizonSeconds() {
    return horizonSeconds;
  }

  /** {@return whether the requests are a recording, the same in every replication} */
  public boolean isRecorded() {
    return recording != null;
  }

  /**
   * {@return law of the requests to the base model itself, if there are any; not of a recording}
   */
  public Optional<ArrivalLaw> baseModelArrivals() {
    return Optional.ofNullable(baseModelArrivals);
  }

  /** {@return mean requests per second of all adapters, and of the base model itself, together} */
  public double ratePerSecond() {
    double base = baseModelArrivals == null ? 0 : baseModelArrivals.ratePerSecond();
    return base + adapters.stream().mapToDouble(AdapterTraffic::ratePerSecond).sum();
  }

  /** {@return mean input and output tokens per second that all requests ask for} */
  public double offeredTokensPerSecond() {
    return ratePerSecond() * (lengths.meanInputTokens() + lengths.meanOutputTokens());
  }

  /** {@return the adapters without their traffic, in the same order; unmodifiable} */
  public List<LoraAdapter> loraAdapters() {
    return adapters.stream().map(AdapterTraffic::adapter).collect(ImmutableList.toImmutableList());
  }

  /**
   * Takes a part of the adapters, with the requests that they have in the whole. Requests to the
   * base model itself are left out.
   *
   * @param part adapters of this workload, at least one. Unless it is a recording, their laws are
   *     taken as they are given, which may be those of a part of their traffic
   * @return the workload of that part alone
   * @throws IllegalArgumentException if there is no adapter, or this is a recording and one is not
   *     in it
   */
  public Workload restrictedTo(List<AdapterTraffic> part) {
    if (recording == null) {
      return of(baseModel, part, lengths, horizonSeconds);
    }
    ImmutableMap.Builder<String, Integer> rows = ImmutableMap.builder();
    for (int i = 0; i < part.size(); i++) {
      rows.put(part.get(i).adapter().id(), i);
    }
    ImmutableMap<String, Integer> rowOf = rows.buildOrThrow();
    int[] renumbered = new int[adapters.size()];
    int found = 0;
    for (int i = 0; i < renumbered.length; i++) {
      Integer row = rowOf.get(adapters.get(i).adapter().id());
      renumbered[i] = row == null ? LEFT_OUT : row;
      found += row == null ? 0 : 1;
    }
    if (found != part.size()) {
      throw new IllegalArgumentException(
          part.size()
              - found
              + " of the adapters are not in this workload; take its part from adapters()");
    }
    RequestTrace requests =
        copied(
            recording,
            recording.size(),
            part.size(),
            whole -> whole == RequestCursor.BASE_MODEL ? LEFT_OUT : renumbered[whole]);
    return recorded(baseModel, part, lengths, horizonSeconds, requests);
  }

  /**
   * Generates the requests.
   *
   * @param seed any value; a recording does not depend on it
   * @param replication index of the replication; a recording does not depend on it
   * @return the requests of all adapters in order of arrival, ties in order of the adapters, those
   *     to the base model itself last
   */
  public RequestTrace generate(long seed, int replication) {
    if (recording != null) {
      return recording;
    }
    long horizon = SimulatedTime.toPicos(horizonSeconds);
    RequestTrace.Builder requests = RequestTrace.builder(adapters.size());
    RequestCursor cursor = merged(seed, replication).open();
    for (; cursor.arrivalPicos() < horizon; cursor.advance()) {
      requests.add(
          cursor.arrivalPicos(), cursor.adapter(), cursor.inputTokens(), cursor.outputTokens());
    }
    return requests.build();
  }

  private MergedSource merged(long seed, int replication) {
    return new MergedSource(
        adapters, baseModelArrivals, lengths, seed, replication, Integer.MAX_VALUE);
  }

  /** {@return whether no law remembers anything, so that requests can be drawn for all at once} */
  private boolean isPoisson() {
    return (baseModelArrivals == null || baseModelArrivals.isPoisson())
        && adapters.stream().allMatch(t -> t.arrivals().isPoisson());
  }

  /**
   * Opens the requests without making a list of them. They go on beyond the horizon.
   *
   * @param seed any value; a recording does not depend on it
   * @param replication index of the replication; a recording does not depend on it
   * @return a recording as it is; Poisson requests equal in law to {@link #generate}, in constant
   *     memory; requests of other laws equal to it to the bit
   */
  public RequestSource source(long seed, int replication) {
    if (recording != null) {
      return recording;
    }
    if (!isPoisson()) {
      return merged(seed, replication);
    }
    PoissonSource source = PoissonSource.of(adapters, lengths, seed, replication);
    return baseModelArrivals == null
        ? source
        : source.withBaseModelRate(baseModelArrivals.ratePerSecond());
  }
}
