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

  @Test
  void a_tensor_takes_the_smallest_rest_that_holds_it() {
    CachingAllocator allocator = new CachingAllocator();
    allocator.allocate(MIB - 512);
    allocator.allocate(MIB - 1024);
    // Rests of the first segment: 1,536 bytes; the next opens another with 2 MiB less 1 MiB.
    allocator.allocate(MIB);
    assertEquals(4 * MIB, allocator.reservedBytes());
    allocator.allocate(1024);
    allocator.allocate(MIB);
    assertEquals(4 * MIB, allocator.reservedBytes(), "the rest of a MiB was left whole");
    allocator.allocate(512);
    allocator.allocate(1);
    assertEquals(6 * MIB, allocator.reservedBytes(), "nothing was left");
  }

  /** A MiB is the largest small tensor, 10 MiB the least with a segment of its own. */
  @Test
  void sizes_at_the_limits_go_where_they_belong() {
    assertEquals(2 * MIB, reserved(MIB));
    assertEquals(20 * MIB, reserved(MIB + 1));
    assertEquals(20 * MIB, reserved(10 * MIB - 512));
    assertEquals(10 * MIB, reserved(10 * MIB));
    assertEquals(12 * MIB, reserved(12 * MIB));
    // A rest of a MiB is lost to the tensor before it, one of more is kept.
    CachingAllocator allocator = new CachingAllocator();
    allocator.allocate(9 * MIB);
    allocator.allocate(10 * MIB - 512);
    assertEquals(20 * MIB, allocator.reservedBytes());
    assertEquals(19 * MIB - 512, allocator.allocatedBytes());
    CachingAllocator tight = new CachingAllocator();
    tight.allocate(9 * MIB);
    tight.allocate(9 * MIB);
    tight.allocate(MIB + 512);
    assertEquals(20 * MIB, tight.allocatedBytes());
  }

  private static long reserved(long bytes) {
    CachingAllocator allocator = new CachingAllocator();
    allocator.allocate(bytes);
    return allocator.reservedBytes();
  }
}
