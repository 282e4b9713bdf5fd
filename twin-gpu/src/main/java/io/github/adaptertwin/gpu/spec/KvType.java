package io.github.adaptertwin.gpu.spec;

/** Data type of the KV cache. Only bf16 was measured. */
public enum KvType {
  /** Two bytes an element. */
  BF16(2),
  /** One byte an element; attention multiplies in bf16. */
  FP8(1);

  private final int bytes;

  KvType(int bytes) {
    this.bytes = bytes;
  }

  /** {@return bytes of one element of a key or a value} */
  public int bytes() {
    return bytes;
  }
}
