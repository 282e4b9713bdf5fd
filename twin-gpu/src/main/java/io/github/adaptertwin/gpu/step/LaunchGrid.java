package io.github.adaptertwin.gpu.step;

import io.github.adaptertwin.gpu.spec.TensorParallel;

/**
 * Launch grids of the LoRA kernels of vLLM 0.8.5, and the padding of a step to CUDA-graph sizes.
 *
 * <p>Per layer and slot the shrink kernels of all seven slices launch splitK * ceil(M / 32) *
 * ceil(R / 16) thread blocks, the expand kernels ceil(M / 64) * ceil(N / 128) a slice with N the
 * widest slice of its module, as far as it lies on this GPU. M is the padded number of tokens, so
 * that all of them count for every slot, and splitK is 64 below 128 tokens and 8 from there on.
 * Blocks of a slot without tokens return at once but still have to be launched: that is why idle
 * slots cost time.
 */
final class LaunchGrid {
  /** Steps above this many tokens run without a CUDA graph and are not padded. */
  static final int LARGEST_GRAPH_TOKENS = 512;

  /** From this padded size on the shrink kernel splits less. */
  static final int LOW_TOKENS = 128;

  private static final int SLICES = 7;
  private static final int SMALL_GRAPH = 8;

  private LaunchGrid() {}

  /** Tokens of a step after padding to the captured sizes 1, 2, 4, 8, then multiples of 8. */
  static int padded(int tokens) {
    if (tokens > LARGEST_GRAPH_TOKENS || tokens <= 2) {
      return tokens;
    }
    return tokens <= SMALL_GRAPH / 2 ? SMALL_GRAPH / 2 : (tokens + 7) / 8 * 8;
  }

  /** Thread blocks of all layers for one slot. */
  static long blocks(TensorParallel share, int paddedTokens, int maxLoraRank) {
    long splitK = paddedTokens < LOW_TOKENS ? 64 : 8;
    long shrink = SLICES * splitK * ceil(paddedTokens, 32) * ceil(maxLoraRank, 16);
    long expand = expandColumns(share) * ceil(paddedTokens, 64);
    return share.model().layers() * (shrink + expand);
  }

  /** Column blocks of all expand launches of a layer: every slice pays its module's widest. */
  static long expandColumns(TensorParallel share) {
    long queryKeyValue = 3 * ceil(share.queryWidth(), 128);
    long output = ceil(share.model().hidden(), 128);
    long gateUp = 2 * ceil(share.intermediate(), 128);
    long down = ceil(share.model().hidden(), 128);
    return queryKeyValue + output + gateUp + down;
  }

  private static long ceil(long a, long b) {
    return (a + b - 1) / b;
  }
}
