package io.github.adaptertwin.core.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The engine's KV blocks, one object each, as its block pool keeps them. */
final class PlainBlockPool {
  /** What is in a full block: its place and everything before it, or a request's own tokens. */
  record Key(boolean own, int adapter, long hash, int place) {}

  /** A block. */
  static final class Block {
    @Nullable Key key;
    int users;
  }

  private final Deque<Block> free = new ArrayDeque<>();
  private final Map<Key, List<Block>> known = new HashMap<>();

  void clear(int blocks) {
    free.clear();
    known.clear();
    for (int i = 0; i < blocks; i++) {
      free.addLast(new Block());
    }
  }

  int freeBlocks() {
    return free.size();
  }

  @Nullable Block find(Key key) {
    List<Block> blocks = known.get(key);
    return blocks == null ? null : blocks.get(0);
  }

  void touch(Block block) {
    if (block.users++ == 0) {
      free.remove(block);
    }
  }

  Block take() {
    Block block = free.removeFirst();
    Key key = block.key;
    if (key != null) {
      List<Block> blocks = known.get(key);
      blocks.remove(block);
      if (blocks.isEmpty()) {
        known.remove(key);
      }
      block.key = null;
    }
    block.users = 1;
    return block;
  }

  void publish(Block block, Key key) {
    if (block.key == null) {
      block.key = key;
      known.computeIfAbsent(key, k -> new ArrayList<>()).add(block);
    }
  }

  void release(List<Block> blocks) {
    List<Block> reversed = new ArrayList<>(blocks);
    Collections.reverse(reversed);
    for (Block block : reversed) {
      if (--block.users == 0) {
        free.addLast(block);
      }
    }
  }
}
