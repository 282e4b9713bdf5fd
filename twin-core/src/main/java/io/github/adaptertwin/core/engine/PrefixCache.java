package io.github.adaptertwin.core.engine;

import io.github.adaptertwin.core.request.RequestCursor;
import it.unimi.dsi.fastutil.longs.Long2IntOpenHashMap;
import java.util.Arrays;

/**
 * Reuse of KV blocks between requests of one adapter whose prompts begin alike, as vLLM's block
 * pool does it: a block is known by the tokens in it and before it and by the adapter; free blocks
 * stay known until they are handed out again, least recently freed first; a request's blocks are
 * freed from its last one on.
 *
 * <p>Only blocks that another request, or the same one after a preemption, may ask for have a node
 * of their own. The others are alike, so the queue of free blocks holds them as runs with a length.
 */
final class PrefixCache {
  private static final int NONE = -1;
  private static final int FIRST_CAPACITY = 1024;
  private static final long OWN_BLOCK = 0x6f776e20626c6f63L;

  private final int blockTokens;
  private final Long2IntOpenHashMap known = new Long2IntOpenHashMap();

  // Nodes: blocks with a key, and runs of blocks without one.
  private long[] key = new long[FIRST_CAPACITY];
  private int[] users = new int[FIRST_CAPACITY];
  private int[] length = new int[FIRST_CAPACITY];
  private int[] before = new int[FIRST_CAPACITY];
  private int[] after = new int[FIRST_CAPACITY];

  /** Another block with the same key, made later. */
  private int[] twin = new int[FIRST_CAPACITY];

  private boolean[] isRun = new boolean[FIRST_CAPACITY];
  private int firstUnused;
  private int nodes;
  private int head;
  private int tail;

  // By row of the request table.
  private long[][] promptKeys = new long[FIRST_CAPACITY][];
  private int[][] held = new int[FIRST_CAPACITY][];
  private int[] heldCount = new int[FIRST_CAPACITY];

  private int[] hits = new int[64];
  private int hitCount;
  private int idleHits;

  PrefixCache(int blockTokens) {
    this.blockTokens = blockTokens;
    known.defaultReturnValue(NONE);
  }

  /** Forgets everything; all blocks are free. */
  void clear(int freeBlocks) {
    known.clear();
    Arrays.fill(promptKeys, null);
    firstUnused = NONE;
    nodes = 0;
    head = NONE;
    tail = NONE;
    free(freeBlocks);
  }

  /**
   * A new request.
   *
   * @param hashedTokens tokens of its prompt that have hashes
   */
  void accept(int row, int adapter, int hashedTokens, RequestCursor cursor) {
    if (row >= promptKeys.length) {
      int capacity = Math.max(row + 1, 2 * promptKeys.length);
      promptKeys = Arrays.copyOf(promptKeys, capacity);
      held = Arrays.copyOf(held, capacity);
      heldCount = Arrays.copyOf(heldCount, capacity);
    }
    long[] keys = new long[hashedTokens / blockTokens];
    for (int b = 0; b < keys.length; b++) {
      long prefix = cursor.prefixHash((b + 1) * blockTokens - 1);
      keys[b] = mix(mix(prefix, adapter), b);
    }
    promptKeys[row] = keys;
    held[row] = new int[keys.length];
    heldCount[row] = 0;
  }

  private static long mix(long a, long b) {
    long z = a * 0x9e3779b97f4a7c15L + b + 0x632be59bd9b4e019L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  private static long ownKey(long request, int block) {
    return mix(mix(OWN_BLOCK, request), block);
  }

  /**
   * Looks up the known blocks at the begin of a request's tokens. The block of the last token is
   * always computed again, because the engine needs its logits.
   *
   * @return number of known blocks
   */
  int find(int row, long request, int tokens) {
    int most = (tokens - 1) / blockTokens;
    hitCount = 0;
    idleHits = 0;
    while (hitCount < most) {
      long[] keys = promptKeys[row];
      long wanted = hitCount < keys.length ? keys[hitCount] : ownKey(request, hitCount);
      int node = known.get(wanted);
      if (node == NONE) {
        break;
      }
      if (hitCount == hits.length) {
        hits = Arrays.copyOf(hits, 2 * hitCount);
      }
      hits[hitCount++] = node;
      idleHits += users[node] == 0 ? 1 : 0;
    }
    return hitCount;
  }

  /** {@return how many of the blocks found last nobody uses: they are free until they are taken} */
  int idleHits() {
    return idleHits;
  }

  /** The request takes the blocks that were found last. */
  void takeFound(int row) {
    if (held[row].length < hitCount) {
      held[row] = Arrays.copyOf(held[row], hitCount);
    }
    for (int i = 0; i < hitCount; i++) {
      int node = hits[i];
      if (users[node]++ == 0) {
        unlink(node);
      }
      held[row][i] = node;
    }
    heldCount[row] = hitCount;
  }

  /** Hands out free blocks, the longest free ones first; what was in them is forgotten. */
  void take(int blocks) {
    int left = blocks;
    while (left > 0) {
      int node = head;
      if (isRun[node]) {
        int part = Math.min(left, length[node]);
        left -= part;
        length[node] -= part;
        if (length[node] > 0) {
          return;
        }
      } else {
        left--;
        forget(node);
      }
      unlink(node);
      discard(node);
    }
  }

  /** The full blocks among the first tokens of a request become known. */
  void publish(int row, int tokens) {
    long[] keys = promptKeys[row];
    int full = Math.min(tokens / blockTokens, keys.length);
    for (int b = heldCount[row]; b < full; b++) {
      held[row][b] = newNode(keys[b]);
      users[held[row][b]] = 1;
      heldCount[row]++;
    }
  }

  /**
   * A request gives its blocks back, the last one first.
   *
   * @param tokens tokens in its blocks
   * @param returns whether it will come back for them
   * @return number of blocks that nobody else uses
   */
  int release(int row, long request, int tokens, boolean returns) {
    int shared = heldCount[row];
    int all = (tokens + blockTokens - 1) / blockTokens;
    int full = tokens / blockTokens;
    int freed = all - shared;
    if (returns) {
      free(all - Math.max(full, shared));
      for (int b = full - 1; b >= shared; b--) {
        append(newNode(ownKey(request, b)));
      }
    } else {
      free(freed);
    }
    for (int b = shared - 1; b >= 0; b--) {
      int node = held[row][b];
      if (--users[node] == 0) {
        append(node);
        freed++;
      }
    }
    heldCount[row] = 0;
    return freed;
  }

  private void free(int blocks) {
    if (blocks == 0) {
      return;
    }
    if (tail != NONE && isRun[tail]) {
      length[tail] += blocks;
      return;
    }
    int run = allocate();
    isRun[run] = true;
    length[run] = blocks;
    append(run);
  }

  private int newNode(long nodeKey) {
    int node = allocate();
    isRun[node] = false;
    users[node] = 0;
    key[node] = nodeKey;
    twin[node] = NONE;
    int first = known.get(nodeKey);
    if (first == NONE) {
      known.put(nodeKey, node);
    } else {
      while (twin[first] != NONE) {
        first = twin[first];
      }
      twin[first] = node;
    }
    return node;
  }

  private void forget(int node) {
    int first = known.get(key[node]);
    if (first != node) {
      while (twin[first] != node) {
        first = twin[first];
      }
      twin[first] = twin[node];
    } else if (twin[node] == NONE) {
      known.remove(key[node]);
    } else {
      known.put(key[node], twin[node]);
    }
  }

  private void append(int node) {
    before[node] = tail;
    after[node] = NONE;
    if (tail == NONE) {
      head = node;
    } else {
      after[tail] = node;
    }
    tail = node;
  }

  private void unlink(int node) {
    if (before[node] == NONE) {
      head = after[node];
    } else {
      after[before[node]] = after[node];
    }
    if (after[node] == NONE) {
      tail = before[node];
    } else {
      before[after[node]] = before[node];
    }
  }

  private void discard(int node) {
    after[node] = firstUnused;
    firstUnused = node;
  }

  private int allocate() {
    if (firstUnused != NONE) {
      int node = firstUnused;
      firstUnused = after[node];
      return node;
    }
    if (nodes == key.length) {
      int capacity = 2 * nodes;
      key = Arrays.copyOf(key, capacity);
      users = Arrays.copyOf(users, capacity);
      length = Arrays.copyOf(length, capacity);
      before = Arrays.copyOf(before, capacity);
      after = Arrays.copyOf(after, capacity);
      twin = Arrays.copyOf(twin, capacity);
      isRun = Arrays.copyOf(isRun, capacity);
    }
    return nodes++;
  }
}
