package io.github.adaptertwin.surrogate.serving;

import io.github.adaptertwin.core.engine.AdapterTier;
import io.github.adaptertwin.core.engine.BatchShape;
import io.github.adaptertwin.core.engine.BoundStepCosts;
import io.github.adaptertwin.gpu.memory.EngineFlags;

/**
 * What an engine would do if requests were a fluid: at a steady batch of b requests, b / output of
 * them finish in a step and as many begin, so a step decodes b tokens and, in a share 1 - exp(-b /
 * output) of the steps, prefills. From the step law that gives requests per second as a function of
 * the batch, the batch that carries a rate, and the largest rate. The learners correct what the
 * fluid leaves out: chance, queues, padding, preemption, the begin and the end of a run.
 */
final class FluidEstimate {
  private static final double PICOS_PER_SECOND = 1e12;
  private static final int ROUNDS = 30;
  private static final double SMALLEST_BATCH = 1e-3;

  private final LoadSummary load;
  private final EngineFlags flags;
  private final BoundStepCosts costs;
  private final BatchShape shape = new BatchShape();
  private final double context;
  private final double loadSeconds;

  /** Requests of mean context that the KV cache holds. */
  final double kvRequests;

  /** Requests that {@code max_num_seqs} and the token budget allow. */
  final double sequences;

  /** Largest batch that KV cache, sequences and token budget allow. */
  final double mostBatch;

  /** Share of requests whose adapter has to be copied into a slot. */
  final double missShare;

  /** Requests per second at the largest batch. */
  final double capacity;

  /** Batch that carries the load, at most the largest. */
  final double batch;

  /** Length of a step at that batch. */
  final double stepSeconds;

  /** Length of a step if only the adapters that got a slot first were served. */
  final double heldStepSeconds;

  FluidEstimate(LoadSummary load, EngineFlags flags, BoundStepCosts costs, double kvTokens) {
    this.load = load;
    this.flags = flags;
    this.costs = costs;
    context = load.meanInput + load.meanOutput / 2;
    double budget = flags.maxNumBatchedTokens() / (1 + load.meanInput / load.meanOutput);
    kvRequests = kvTokens / (context + 8);
    sequences = Math.min(flags.maxNumSeqs(), budget);
    mostBatch = Math.max(1, Math.min(sequences, kvRequests));
    missShare = flags.maxLoras() == 0 ? 0 : load.missShare(flags.maxLoras());
    int rank = Math.max(1, (int) Math.round(load.meanRank));
    loadSeconds = costs.loadPicos(rank, AdapterTier.HOST_MEMORY) / PICOS_PER_SECOND;
    capacity = requestsPerSecond(mostBatch);
    batch = batchFor(load.sumRate);
    stepSeconds = stepSeconds(batch);
    double heldRate = load.sumRate * (1 - missShare);
    heldStepSeconds = missShare == 0 ? stepSeconds : stepSeconds(batchFor(heldRate));
  }

  private double batchFor(double ratePerSecond) {
    if (capacity <= ratePerSecond) {
      return mostBatch;
    }
    double low = SMALLEST_BATCH;
    double high = mostBatch;
    for (int i = 0; i < ROUNDS; i++) {
      double middle = Math.sqrt(low * high);
      if (requestsPerSecond(middle) < ratePerSecond) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return high;
  }

  private double requestsPerSecond(double requests) {
    // Fewer than one request run now and then, one at a time.
    return requests / (load.meanOutput * stepSeconds(Math.max(1, requests)));
  }

  private double stepSeconds(double requests) {
    double begin = requests / load.meanOutput;
    double prefills = -StrictMath.expm1(-begin);
    double chunk = Math.min(flags.maxNumBatchedTokens() - 1.0, begin * load.meanInput / prefills);
    double distinct = Math.min(requests, load.distinct(requests));
    if (flags.maxLoras() > 0) {
      distinct = Math.min(distinct, flags.maxLoras());
    }
    double decode = picos(requests, 0, distinct);
    double mixed = picos(requests, chunk, distinct);
    double picos =
        (1 - prefills) * decode
            + prefills * mixed
            + requests * context * costs.picosPerContextToken();
    return picos / PICOS_PER_SECOND + begin * missShare * loadSeconds;
  }

  /** Between whole tokens and whole adapters the law is taken as a straight line. */
  private double picos(double decode, double prefill, double distinct) {
    int most = flags.maxNumBatchedTokens();
    int tokens = (int) Math.max(1, Math.min(most, Math.round(decode)));
    int chunk = (int) Math.min(most - tokens, Math.round(prefill));
    int adapters = (int) distinct;
    double low = picos(tokens, chunk, adapters);
    double high = picos(tokens, chunk, adapters + 1);
    return low + (distinct - adapters) * (high - low);
  }

  private double picos(int decode, int chunk, int adapters) {
    shape.clear();
    shape.decodeRequests = decode;
    if (chunk > 0) {
      // As many prompts of mean length as make up the chunk.
      double prompts = Math.max(1, chunk / load.meanInput);
      shape.prefillTokens = chunk;
      shape.prefillChunks = (int) Math.round(prompts);
      shape.completedPrefills = shape.prefillChunks;
      shape.prefillPairs = Math.round(chunk * (chunk / prompts + 1) / 2);
    }
    boolean lora = flags.maxLoras() > 0;
    shape.loraTokens = lora ? decode + chunk : 0;
    shape.distinctAdapters = lora ? Math.max(1, Math.min(adapters, flags.maxLoras())) : 0;
    return costs.computePicos(shape);
  }
}
