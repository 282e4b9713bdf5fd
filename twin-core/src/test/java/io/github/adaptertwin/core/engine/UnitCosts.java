package io.github.adaptertwin.core.engine;

/**
 * Costs that can be added up by hand: a step lasts {@code stepPicos} plus {@code tokenPicos} per
 * token, plus what the other figures say.
 */
record UnitCosts(
    long stepPicos,
    long tokenPicos,
    long contextPicos,
    long adapterPicos,
    long waitingPicos,
    long skippedPicos,
    long hostLoadPicos,
    long diskLoadPicos,
    long frontEnd)
    implements StepCosts, BoundStepCosts {
  private static final long serialVersionUID = 1L;

  static UnitCosts ofStep(long stepPicos) {
    return new UnitCosts(stepPicos, 0, 0, 0, 0, 0, 0, 0, 0);
  }

  UnitCosts withContext(long picosPerToken) {
    return new UnitCosts(
        stepPicos,
        tokenPicos,
        picosPerToken,
        adapterPicos,
        waitingPicos,
        skippedPicos,
        hostLoadPicos,
        diskLoadPicos,
        frontEnd);
  }

  UnitCosts withLoads(long host, long disk) {
    return new UnitCosts(
        stepPicos,
        tokenPicos,
        contextPicos,
        adapterPicos,
        waitingPicos,
        skippedPicos,
        host,
        disk,
        frontEnd);
  }

  @Override
  public BoundStepCosts bind(EngineConfig config) {
    return this;
  }

  @Override
  public long computePicos(BatchShape shape) {
    return stepPicos + tokenPicos * shape.tokens() + adapterPicos * shape.distinctAdapters;
  }

  @Override
  public long picosPerContextToken() {
    return contextPicos;
  }

  @Override
  public long schedulingPicos(int running, int waiting, int skipped) {
    return waitingPicos * waiting + skippedPicos * skipped;
  }

  @Override
  public long loadPicos(int adapterRank, AdapterTier from) {
    return from == AdapterTier.DISK ? diskLoadPicos : hostLoadPicos;
  }

  @Override
  public long frontEndPicos() {
    return frontEnd;
  }
}
