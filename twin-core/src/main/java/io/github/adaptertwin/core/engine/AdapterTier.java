package io.github.adaptertwin.core.engine;

/**
 * Where an adapter's weights come from when a step needs them on the GPU and they are not there.
 */
public enum AdapterTier {
  /** From pinned host memory into a GPU slot. */
  HOST_MEMORY,
  /** From disk into pinned host memory. The copy into the slot is charged apart. */
  DISK
}
