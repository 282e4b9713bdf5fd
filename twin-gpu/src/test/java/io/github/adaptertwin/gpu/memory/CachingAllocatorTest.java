package io.github.adaptertwin.gpu.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class CachingAllocatorTest {
  private static final long MIB = 1L << 20;

  @Test
  void small_tensors_share_segments_of_two_mebibytes() {
    CachingAllocator allocator = new CachingAllocator();
    allocator.allocate(1);
    allocator.allocate(MIB);
    assertEquals(2 * MIB, allocator.reservedBytes());
    assertEquals(512 + MIB, allocator.allocatedBytes());
    allocator.allocate(MIB);
    assertEquals(4 * MIB, allocator.reservedBytes());
  }

  @Test
  void middling_tensors_share_segments_of_twenty_mebibytes_and_lose_small_rests() {
    CachingAllocator allocator = new CachingAllocator();
    allocator.allocate(9 * MIB);
    allocator.allocate(9 * MIB);
    assertEquals(20 * MIB, allocator.reservedBytes());
    // The rest of 2 MiB takes a tensor of 1.5 MiB whole: a rest of half a MiB is lost.
    allocator.allocate(3 * MIB / 2);
    assertEquals(20 * MIB, allocator.reservedBytes());
    assertEquals(20 * MIB, allocator.allocatedBytes());
  }

  @Test
  void large_tensors_have_segments_of_their_own() {
    CachingAllocator allocator = new CachingAllocator();
    allocator.allocate(11 * MIB + 1);
    assertEquals(12 * MIB, allocator.reservedBytes());
    allocator.allocate(0);
    assertEquals(12 * MIB, allocator.reservedBytes());
  }
}
