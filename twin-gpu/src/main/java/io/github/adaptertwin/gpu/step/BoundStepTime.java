package io.github.adaptertwin.gpu.step;

import io.github.adaptertwin.core.engine.AdapterTier;
import io.github.adaptertwin.core.engine.BatchShape;
import io.github.adaptertwin.core.engine.BoundStepCosts;
import io.github.adaptertwin.core.engine.EngineConfig;
import io.github.adaptertwin.gpu.spec.TensorParallel;
import io.github.adaptertwin.gpu.step.CalibrationProfile.Constant;

/**
 * The law of {@link StepTimeModel} for one engine configuration: everything that depends only on
 * the number of tokens is tabulated when it is bound, so that a step costs two look-ups and a few
 * multiplications.
 */
final class BoundStepTime implements BoundStepCosts {
  private final long[] stepPicos;
  private final long[] stepPicosWithoutAdapters;
  private final long[] adapterPicos;
  private final long contextTokenPicos;
  private final long pairPicos;
  private final long waitingPicos;
  private final long skippedPicos;
  private final long hostLoadPicos;
  private final long diskLoadBasePicos;
  private final long diskLoadRankPicos;
  private final long frontEndPicos;

  BoundStepTime(
      TensorParallel share,
      CalibrationProfile profile,
      boolean baseOnlyGraphs,
      double pairPicos,
      EngineConfig config) {
    int most = config.maxNumBatchedTokens();
    stepPicos = new long[most + 1];
    stepPicosWithoutAdapters = new long[most + 1];
    adapterPicos = new long[most + 1];
    boolean lora = config.maxLoras() > 0;
    double base = profile.get(lora ? Constant.BASE : Constant.BASE_WITHOUT_LORA);
    double token = profile.get(lora ? Constant.TOKEN : Constant.TOKEN_WITHOUT_LORA);
    double adapter =
        profile.get(Constant.ADAPTER)
            + profile.get(Constant.ADAPTER_RANK) * config.maxLoraRank()
            + profile.get(Constant.ADAPTER_REGISTERED) * config.maxCpuLoras();
    for (int tokens = 1; tokens <= most; tokens++) {
      int padded = LaunchGrid.padded(tokens);
      double grids =
          lora
              ? profile.get(Constant.BLOCK)
                  * (config.maxLoras() + 1)
                  * LaunchGrid.blocks(share, padded, config.maxLoraRank())
              : 0;
      boolean graph = tokens <= LaunchGrid.LARGEST_GRAPH_TOKENS;
      stepPicos[tokens] = Math.max(1, Math.round(base + token * padded + grids));
      // Without a graph the kernels see that no token has an adapter and return at once.
      stepPicosWithoutAdapters[tokens] =
          graph && !baseOnlyGraphs
              ? stepPicos[tokens]
              : Math.max(1, Math.round(base + token * padded));
      adapterPicos[tokens] =
          Math.round(
              adapter
                  + (padded < LaunchGrid.LOW_TOKENS ? profile.get(Constant.ADAPTER_LOW_TOKENS) : 0)
                  + (graph ? 0 : profile.get(Constant.ADAPTER_MANY_TOKENS)));
    }
    contextTokenPicos = Math.round(profile.get(Constant.CONTEXT_TOKEN));
    this.pairPicos = Math.round(pairPicos);
    waitingPicos = Math.round(profile.get(Constant.WAITING));
    skippedPicos = Math.round(profile.get(Constant.SKIPPED));
    hostLoadPicos = Math.round(profile.get(Constant.HOST_LOAD));
    diskLoadBasePicos = Math.round(profile.get(Constant.DISK_LOAD_BASE));
    diskLoadRankPicos = Math.round(profile.get(Constant.DISK_LOAD_RANK));
    frontEndPicos = Math.round(profile.get(Constant.FRONT_END));
  }

  @Override
  public long computePicos(BatchShape shape) {
    int tokens = shape.tokens();
    int adapters = shape.distinctAdapters;
    long picos =
        adapters == 0
            ? stepPicosWithoutAdapters[tokens]
            : stepPicos[tokens] + adapters * adapterPicos[tokens];
    return picos + shape.prefillPairs * pairPicos + shape.prefillHistoryTokens * contextTokenPicos;
  }

  @Override
  public long picosPerContextToken() {
    return contextTokenPicos;
  }

  @Override
  public long schedulingPicos(int running, int waiting, int skipped) {
    return waitingPicos * waiting + skippedPicos * skipped;
  }

  @Override
  public long loadPicos(int adapterRank, AdapterTier from) {
    return from == AdapterTier.HOST_MEMORY
        ? hostLoadPicos
        : diskLoadBasePicos + diskLoadRankPicos * adapterRank;
  }

  @Override
  public long frontEndPicos() {
    return frontEndPicos;
  }
}
