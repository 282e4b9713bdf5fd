package io.github.adaptertwin.core.engine;

import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.core.report.ReportDetail;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.core.request.RequestTrace;
import java.util.ArrayList;
import java.util.List;

/** One arbitrary run: everything that a replica is a function of. */
record EngineCase(EngineConfig config, UnitCosts costs, RequestTrace trace, RunOptions options) {

  /**
   * Draws a case. Half of them have so few KV blocks that requests preempt each other, most have
   * fewer slots than adapters, and arrivals come in bursts with many ties.
   */
  static EngineCase draw(long seed, int requests) {
    RandomStream random = new RandomStreams(seed).stream("engine case", 0);
    int adapterCount =
        random.nextInt(4) == 0
            ? 0
            : 1 + random.nextInt(1 << random.nextInt(requests > 100 ? 10 : 7));
    EngineConfig config = config(random, adapterCount);
    int longest = config.maxModelLen();
    long meanGap = 1L << random.nextInt(random.nextInt(4) == 0 ? 12 : 5);
    RequestTrace.Builder trace = RequestTrace.builder(adapterCount);
    if (random.nextInt(5) == 0) {
      trace.waitingCap(1 + random.nextInt(6));
    }
    int hashBlock = random.nextInt(2) == 0 ? 0 : 1 << random.nextInt(6);
    if (hashBlock > 0) {
      trace.hashBlockTokens(hashBlock);
    }
    int classes = random.nextInt(3) == 0 ? 64 : 1 + random.nextInt(3);
    long arrival = 0;
    int hot = adapterCount == 0 ? -1 : random.nextInt(adapterCount);
    for (int i = 0; i < requests; i++) {
      arrival += random.nextInt(3) == 0 ? 0 : random.nextInt((int) (2 * meanGap)) * 10L;
      int adapter = random.nextInt(adapterCount + 1) - 1;
      if (random.nextInt(3) == 0) {
        adapter = hot;
      }
      int input = 1 + random.nextInt(random.nextInt(12) == 0 ? longest + 2 : longest / 2 + 1);
      int output = 1 + random.nextInt(random.nextInt(3) > 0 ? longest : longest / 3 + 2);
      trace.add(arrival, adapter, input, output, random.nextInt(classes));
      if (hashBlock > 0 && random.nextInt(4) > 0) {
        // Prompts are the beginnings of a few long texts, some only in part.
        long text = random.nextInt(3);
        int covered = random.nextInt(4) == 0 ? random.nextInt(input + 1) : input;
        long[] hashes = new long[(covered + hashBlock - 1) / hashBlock];
        for (int b = 0; b < hashes.length; b++) {
          hashes[b] = text * 1_000_000 + b;
        }
        trace.prefixHashes(hashes);
      }
    }
    long horizon = 1 + (long) (arrival * (0.5 + random.nextDouble()));
    RunOptions options =
        new RunOptions(
            horizon,
            random.nextInt(3) == 0 ? RunOptions.AtHorizon.DRAIN : RunOptions.AtHorizon.CUT,
            random.nextInt(2) == 0 ? ReportDetail.SUMMARY : ReportDetail.PERCENTILES,
            random.nextInt(4) == 0 ? (long) (horizon * random.nextDouble()) : 0,
            random.nextInt(4) == 0 ? horizon / (1 + random.nextInt(20)) : 0,
            random.nextInt(4) == 0);
    return new EngineCase(policies(config, random), costs(random), trace.build(), options);
  }

  /**
   * Draws a case of a few long requests that come far apart, so that thousands of equal steps lie
   * between two events, some of which end where the KV blocks do.
   */
  static EngineCase drawLong(long seed) {
    RandomStream random = new RandomStreams(seed).stream("long case", 0);
    int blockTokens = 1 + random.nextInt(20);
    int longest = 600 + random.nextInt(2400);
    int blocksOfLongest = (longest + blockTokens - 1) / blockTokens;
    EngineConfig config =
        EngineConfig.builder()
            .blockTokens(blockTokens)
            .kvBlocks(1 + blocksOfLongest + random.nextInt(3 * blocksOfLongest))
            .maxModelLen(longest)
            .maxNumSeqs(2 + random.nextInt(8))
            .maxNumBatchedTokens(64 + random.nextInt(longest))
            .build();
    RequestTrace.Builder trace = RequestTrace.builder(0);
    long arrival = 0;
    for (int i = 1 + random.nextInt(8); i > 0; i--) {
      arrival += random.nextInt(60_000);
      trace.add(arrival, -1, 1 + random.nextInt(200), 1 + random.nextInt(longest));
    }
    RunOptions options =
        new RunOptions(
            1 + arrival + random.nextInt(300_000),
            random.nextInt(2) == 0 ? RunOptions.AtHorizon.DRAIN : RunOptions.AtHorizon.CUT,
            ReportDetail.PERCENTILES,
            random.nextInt(3) == 0 ? random.nextInt((int) arrival + 1) : 0,
            0,
            random.nextInt(4) == 0);
    return new EngineCase(
        config,
        UnitCosts.ofStep(1 + random.nextInt(1 << random.nextInt(20)))
            .withContext(random.nextInt(3)),
        trace.build(),
        options);
  }

  /**
   * Draws a case whose engine mostly keeps up with its requests, so that they come one at a time
   * and find room, with a burst, a long prompt, a full slot or a full cache between.
   */
  static EngineCase drawQuiet(long seed) {
    RandomStream random = new RandomStreams(seed).stream("quiet case", 0);
    int adapterCount = random.nextInt(12);
    List<LoraAdapter> adapters = new ArrayList<>();
    for (int a = 0; a < adapterCount; a++) {
      adapters.add(new LoraAdapter("adapter-" + a, 8));
    }
    int slots = adapterCount == 0 ? 0 : 1 + random.nextInt(adapterCount);
    int blockTokens = random.nextInt(4) == 0 ? 1 + random.nextInt(20) : 1 << random.nextInt(6);
    int longest = 20 + random.nextInt(300);
    int blocksOfLongest = (longest + blockTokens - 1) / blockTokens;
    int seqs = 2 + random.nextInt(20);
    EngineConfig config =
        EngineConfig.builder()
            .adapters(adapters)
            .maxLoras(slots)
            .maxCpuLoras(slots + random.nextInt(adapterCount - slots + 1))
            .adaptersPreloaded(random.nextInt(2) == 0)
            .blockTokens(blockTokens)
            .kvBlocks(1 + blocksOfLongest + random.nextInt(6 * blocksOfLongest))
            .maxModelLen(longest)
            .maxNumSeqs(seqs)
            .maxNumBatchedTokens(seqs + random.nextInt(2 * longest))
            .schedulingPolicy(
                random.nextInt(4) == 0 ? SchedulingPolicy.FAIR : SchedulingPolicy.FCFS)
            .agingPicos(random.nextInt(2_000))
            .adapterLoading(
                random.nextInt(4) == 0 ? AdapterLoading.OVERLAPPED : AdapterLoading.BLOCKING)
            .build();
    UnitCosts costs = costs(random);
    long step = costs.stepPicos() + 1;
    RequestTrace.Builder trace = RequestTrace.builder(adapterCount);
    if (random.nextInt(5) == 0) {
      trace.waitingCap(1 + random.nextInt(3));
    }
    long arrival = 0;
    for (int i = 10 + random.nextInt(60); i > 0; i--) {
      long gap = random.nextInt(8) == 0 ? step / 2 : step * (1 + random.nextInt(60));
      arrival += random.nextInt(10) == 0 ? 0 : gap;
      int input = 1 + random.nextInt(random.nextInt(8) == 0 ? longest + 1 : longest / 4);
      int output = 1 + random.nextInt(random.nextInt(8) == 0 ? longest : longest / 4);
      trace.add(arrival, random.nextInt(adapterCount + 1) - 1, input, output);
    }
    long horizon = 1 + (long) (arrival * (0.7 + 0.6 * random.nextDouble()));
    RunOptions options =
        new RunOptions(
            horizon,
            random.nextInt(2) == 0 ? RunOptions.AtHorizon.DRAIN : RunOptions.AtHorizon.CUT,
            ReportDetail.PERCENTILES,
            random.nextInt(3) == 0 ? (long) (horizon * random.nextDouble()) : 0,
            0,
            random.nextInt(3) == 0);
    return new EngineCase(config, costs, trace.build(), options);
  }

  private static EngineConfig config(RandomStream random, int adapterCount) {
    List<LoraAdapter> adapters = new ArrayList<>();
    for (int a = 0; a < adapterCount; a++) {
      adapters.add(new LoraAdapter("adapter-" + a, 8 << random.nextInt(2)));
    }
    int blockTokens = 1 << random.nextInt(6);
    int longest = 2 + random.nextInt(1 << (3 + random.nextInt(6)));
    int blocksOfLongest = (longest + blockTokens - 1) / blockTokens;
    int spare = random.nextInt(1 + blocksOfLongest * (random.nextInt(4) > 0 ? 2 : 20));
    int seqs = 2 + random.nextInt(1 << (3 + random.nextInt(5)));
    int mostSlots = random.nextInt(3) == 0 ? adapterCount : (adapterCount + 3) / 4;
    int slots = adapterCount == 0 ? 0 : 1 + random.nextInt(Math.min(400, mostSlots));
    return EngineConfig.builder()
        .adapters(adapters)
        .maxLoras(slots)
        .maxCpuLoras(slots + random.nextInt(adapterCount + 1))
        .adaptersPreloaded(random.nextInt(2) == 0)
        .blockTokens(blockTokens)
        .kvBlocks(1 + blocksOfLongest + spare)
        .maxModelLen(longest)
        .maxNumSeqs(seqs)
        .maxNumBatchedTokens(seqs + random.nextInt(1 + longest))
        .build();
  }

  /** Half of the engines are vLLM's, the other half have one option or several. */
  private static EngineConfig policies(EngineConfig config, RandomStream random) {
    EngineConfig.Builder engine = config.toBuilder();
    if (random.nextInt(2) == 0) {
      SchedulingPolicy[] policies = SchedulingPolicy.values();
      engine
          .schedulingPolicy(policies[random.nextInt(policies.length)])
          .agingPicos(random.nextInt(20_000));
      if (random.nextInt(2) == 0) {
        engine
            .schedulingPolicy(
                random.nextInt(3) == 0 ? SchedulingPolicy.FAIR : SchedulingPolicy.FCFS)
            .prefixCaching(true);
      } else if (random.nextInt(4) == 0) {
        engine.kvReservation(KvReservation.WHOLE_REQUEST);
      }
      if (random.nextInt(3) == 0) {
        engine.adapterLoading(AdapterLoading.OVERLAPPED);
      }
    }
    return engine.build();
  }

  private static UnitCosts costs(RandomStream random) {
    return new UnitCosts(
        1 + random.nextInt(200),
        random.nextInt(3),
        random.nextInt(2) * (long) random.nextInt(4),
        random.nextInt(5),
        random.nextInt(2) * (long) random.nextInt(3),
        random.nextInt(2) * (long) random.nextInt(7),
        random.nextInt(2) * (long) random.nextInt(300),
        random.nextInt(2) * (long) random.nextInt(900),
        random.nextInt(2) * (long) random.nextInt(100));
  }
}
