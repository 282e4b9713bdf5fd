package io.github.adaptertwin.core.input;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WholeFileTest {
  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(f -> f.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void a_written_file_holds_the_text_and_nothing_lies_beside_it(@TempDir Path folder)
      throws IOException {
    Path file = folder.resolve("plan.json");
    WholeFile.writeText(file, "first");
    WholeFile.writeText(file, "zweite ä");
    assertEquals("zweite ä", Files.readString(file, StandardCharsets.UTF_8));
    assertEquals(List.of("plan.json"), names(folder));
  }

  @Test
  void content_thatClosesItsStream_isWrittenWhole(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("plan.json.gz");
    byte[] text = "{}\n".repeat(1000).getBytes(StandardCharsets.UTF_8);
    WholeFile.write(
        file,
        out -> {
          try (OutputStream packed = new GZIPOutputStream(out)) {
            packed.write(text);
          }
        });
    try (InputStream read = new GZIPInputStream(Files.newInputStream(file))) {
      assertArrayEquals(text, read.readAllBytes());
    }
  }

  @Test
  void a_failed_write_leaves_the_old_file_and_no_other(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("plan.json");
    WholeFile.writeText(file, "old");
    assertThrows(
        IOException.class,
        () ->
            WholeFile.write(
                file,
                out -> {
                  out.write(65);
                  throw new IOException("interrupted");
                }));
    assertEquals("old", Files.readString(file, StandardCharsets.UTF_8));
    assertEquals(List.of("plan.json"), names(folder));
  }

  @Test
  void what_another_writer_left_is_neither_taken_nor_touched(@TempDir Path folder)
      throws IOException {
    Path left = folder.resolve("plan.json.0.tmp");
    Files.writeString(left, "half");
    Path file = folder.resolve("plan.json");
    List<String> during = new ArrayList<>();
    WholeFile.write(
        file,
        out -> {
          during.addAll(names(folder));
          out.write("whole".getBytes(StandardCharsets.UTF_8));
        });
    assertEquals(List.of("plan.json.0.tmp", "plan.json.1.tmp"), during);
    assertEquals("whole", Files.readString(file));
    assertEquals("half", Files.readString(left));
    assertEquals(List.of("plan.json", "plan.json.0.tmp"), names(folder));
  }

  @Test
  void many_writers_of_one_file_all_succeed_and_the_last_one_wins_whole(@TempDir Path folder)
      throws Exception {
    Path file = folder.resolve("plan.json");
    int writers = 8;
    CyclicBarrier together = new CyclicBarrier(writers);
    ExecutorService service = Executors.newFixedThreadPool(writers);
    try {
      List<Future<?>> done = new ArrayList<>();
      for (int w = 0; w < writers; w++) {
        String text = String.valueOf(w).repeat(5000);
        done.add(
            service.submit(
                () -> {
                  together.await();
                  for (int i = 0; i < 40; i++) {
                    WholeFile.writeText(file, text);
                    String found = Files.readString(file);
                    assertEquals(found.substring(0, 1).repeat(5000), found);
                  }
                  return null;
                }));
      }
      for (Future<?> writer : done) {
        writer.get(1, TimeUnit.MINUTES);
      }
    } finally {
      service.shutdownNow();
    }
    assertEquals(List.of("plan.json"), names(folder));
  }

  @Test
  void a_file_may_be_read_by_those_who_may_read_any_new_one(@TempDir Path folder)
      throws IOException {
    Path file = folder.resolve("plan.json");
    WholeFile.writeText(file, "x");
    Path plain = Files.createFile(folder.resolve("plain"));
    assumeTrue(Files.getFileStore(folder).supportsFileAttributeView("posix"));
    assertEquals(Files.getPosixFilePermissions(plain), Files.getPosixFilePermissions(file));
  }

  @Test
  void a_folder_root_is_no_file() {
    assertThrows(IOException.class, () -> WholeFile.writeText(Path.of("/"), "x"));
  }
}
