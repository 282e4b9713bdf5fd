package io.github.adaptertwin.workload.trace;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One string for each name that has been seen, found by its bytes: an open-addressed table. Not
 * thread-safe.
 */
final class ClientNames {
  private byte[][] keys = new byte[64][];
  private String[] names = new String[64];
  private int size;

  String name(byte[] b, int from, int to) {
    if (from == to) {
      return "";
    }
    int slot = slotOf(b, from, to);
    if (keys[slot] == null) {
      if (2 * ++size > keys.length) {
        grow();
        slot = slotOf(b, from, to);
      }
      keys[slot] = Arrays.copyOfRange(b, from, to);
      names[slot] = new String(b, from, to - from, StandardCharsets.UTF_8);
    }
    return names[slot];
  }

  private int slotOf(byte[] b, int from, int to) {
    int hash = 0;
    for (int i = from; i < to; i++) {
      hash = 31 * hash + b[i];
    }
    hash *= 0x9e3779b9;
    int slot = (hash ^ hash >>> 16) & (keys.length - 1);
    while (keys[slot] != null && !Arrays.equals(keys[slot], 0, keys[slot].length, b, from, to)) {
      slot = (slot + 1) & (keys.length - 1);
    }
    return slot;
  }

  private void grow() {
    byte[][] oldKeys = keys;
    String[] oldNames = names;
    keys = new byte[2 * oldKeys.length][];
    names = new String[2 * oldKeys.length];
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldKeys[i] != null) {
        int slot = slotOf(oldKeys[i], 0, oldKeys[i].length);
        keys[slot] = oldKeys[i];
        names[slot] = oldNames[i];
      }
    }
  }
}
