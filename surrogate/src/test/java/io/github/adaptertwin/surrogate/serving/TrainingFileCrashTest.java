package io.github.adaptertwin.surrogate.serving;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.input.MalformedInputException;
import io.github.adaptertwin.core.progress.Progress;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.surrogate.RunMap;
import io.github.adaptertwin.surrogate.RunTask;
import io.github.adaptertwin.surrogate.ThreadRuns;
import io.github.adaptertwin.workload.length.FixedLengths;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every state of the files that a kill, a full disk or a second run can leave: the next run ends
 * with the bytes of an undisturbed one and computes nothing twice that was written down.
 */
class TrainingFileCrashTest {
  private static final TrainingPlan PLAN =
      new TrainingPlan(
          TrainingDesign.SOBOL,
          6,
          4,
          TrainingSpace.builder(
                  new FixedLengths(250, 230), EngineFlags.builder().maxModelLen(2048).build())
              .adapters(4, 16)
              .ranks(List.of(8))
              .leastSlots(4)
              .build(),
          List.of("h100-80gb-sxm"),
          List.of("llama-3.1-8b"),
          EngineVersion.VLLM_0_8_5,
          10);

  private static List<TrainingRow> rows = List.of();
  private static byte[] csv = {};
  private static byte[] manifest = {};
  private static byte[] begunManifest = {};

  @TempDir private Path folder = Path.of("");

  @BeforeAll
  static void runOnce(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("rows.csv");
    assertThrows(
        CancellationException.class,
        () -> new TrainingFile(file).complete(PLAN, new ThreadRuns(1), cancelAfter(1)));
    begunManifest = Files.readAllBytes(folder.resolve("rows.csv.json"));
    rows = new TrainingFile(file).complete(PLAN, new ThreadRuns(1), Progress.NONE);
    csv = Files.readAllBytes(file);
    manifest = Files.readAllBytes(folder.resolve("rows.csv.json"));
  }

  private static Progress cancelAfter(long runs) {
    return (stage, done, expected) -> {
      if (done == runs) {
        throw new CancellationException("enough");
      }
    };
  }

  /** Gives the rows that are known already, and counts which were asked for. */
  private static final class Known implements RunMap {
    private int asked;

    @Override
    @SuppressWarnings("unchecked")
    public <R> void run(List<? extends RunTask<R>> tasks, Sink<R> sink) {
      for (int i = 0; i < tasks.size(); i++) {
        asked++;
        sink.done(i, (R) rows.get(rows.size() - tasks.size() + i));
      }
    }
  }

  private Path file(String name) {
    return folder.resolve("rows.csv" + name);
  }

  private void state(byte[] part, byte[] manifest, byte[] csv) throws IOException {
    put(file(".part"), part);
    put(file(".json"), manifest);
    put(file(""), csv);
  }

  private static void put(Path file, byte[] bytes) throws IOException {
    if (bytes.length == 0) {
      Files.deleteIfExists(file);
    } else {
      Files.write(file, bytes);
    }
  }

  private void assertCompletes(int missing) throws IOException {
    Known known = new Known();
    List<TrainingRow> all = new TrainingFile(file("")).complete(PLAN, known, Progress.NONE);
    assertEquals(missing, known.asked);
    assertEquals(rows.size(), all.size());
    assertArrayEquals(csv, Files.readAllBytes(file("")));
    assertArrayEquals(manifest, Files.readAllBytes(file(".json")));
    assertFalse(Files.exists(file(".part")), "the part is left over");
  }

  @Test
  void complete_killedInTheMiddleOfTheRows_goesOnFromTheWholeLines() throws IOException {
    for (int length = 0; length <= csv.length; length++) {
      boolean nearLineEnd =
          length < 2 || length > csv.length - 3 || csv[length] == '\n' || csv[length - 1] == '\n';
      if (!nearLineEnd && length % 29 != 0) {
        continue;
      }
      byte[] part = Arrays.copyOf(csv, length);
      int whole = 0;
      for (byte b : part) {
        whole += b == '\n' ? 1 : 0;
      }
      state(part, begunManifest, new byte[0]);
      if (length == 0) {
        Files.createFile(file(".part"));
      }
      assertCompletes(rows.size() - Math.max(0, whole - 1));
    }
  }

  @Test
  void complete_killedBetweenTheLastFiles_losesNothing() throws IOException {
    byte[] none = {};
    state(csv, manifest, none);
    assertCompletes(0);
    state(csv, manifest, csv);
    assertCompletes(0);
    state(none, manifest, csv);
    assertCompletes(0);
    state(none, begunManifest, none);
    assertCompletes(rows.size());
    state(none, none, none);
    Files.createFile(file(".part"));
    assertCompletes(rows.size());
  }

  @Test
  void complete_runsBeyondThePlan_areRefused() throws IOException {
    String more = new String(csv, java.nio.charset.StandardCharsets.UTF_8).replace("\n5,", "\n6,");
    state(more.getBytes(java.nio.charset.StandardCharsets.UTF_8), begunManifest, new byte[0]);
    String message =
        assertThrows(MalformedInputException.class, () -> assertCompletes(1)).getMessage();
    assertTrue(message.contains("there is a run 6, the plan has 6"), message);
  }

  @Test
  void complete_rowsThatNoRunMakes_areRefusedWithTheirPlace() throws IOException {
    String text = new String(csv, java.nio.charset.StandardCharsets.UTF_8);
    assertRefused(text.replace("\n5,", "\n4,"), "run 4 is there twice");
    assertRefused(text.replace("\n5,", "\n-5,"), "line 7, column 1: '-5' is no number of a run");
    assertRefused(text.replace("\n5,", "\n4.5,"), "line 7, column 1: '4.5' is no number of a run");
    assertRefused(text.replace("\n5,", "\nNaN,"), "line 7, column 1: 'NaN' is no number of a run");
    assertRefused(
        text.replaceFirst("\n5,[a-z]+,", "\n5,done,"),
        "line 7, column 2: 'done' must be ok or refused");
    assertRefused(
        text.replaceFirst("(\n\\d,ok,[^,]*,[^,]*,[^,]*),[^,]*", "$1,-Infinity"),
        "'-Infinity' must be finite");
    String five = "(\n5,ok,[^,]*,[^,]*,[^,]*,[^,]*,[^,]*)";
    assertRefused(text.replace("\n5,", "\n0x1p1,"), "'0x1p1' is no number of a run");
    assertRefused(
        text.replaceFirst(five + ",[^,]*", "$1,-3.5"),
        "line 7, column 8: '-3.5' must be at least 0");
    assertRefused(
        text.replaceFirst(five + ",[^,]*", "$1,NaN"), "line 7, column 8: 'NaN' must be finite");
    assertRefused(
        text.replaceFirst(five + "((,[^,]*){4}),[^,]*", "$1$2,7"),
        "line 7, column 12: '7' must be 0 or 1");
    assertRefused(text.replaceFirst("\n5,ok,", "\n5,refused,"), "of a run that was refused");
  }

  private void assertRefused(String part, String expected) throws IOException {
    state(part.getBytes(java.nio.charset.StandardCharsets.UTF_8), begunManifest, new byte[0]);
    String message =
        assertThrows(MalformedInputException.class, () -> assertCompletes(0)).getMessage();
    assertTrue(message.contains(expected), message);
  }

  @Test
  void complete_secondRunAtTheSameTime_isRefusedAndTheFirstEndsWell() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch refused = new CountDownLatch(1);
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread first =
        new Thread(
            () -> {
              try {
                new TrainingFile(file(""))
                    .complete(
                        PLAN,
                        new Known(),
                        (stage, done, expected) -> {
                          begun.countDown();
                          try {
                            refused.await();
                          } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                          }
                        });
              } catch (IOException | RuntimeException e) {
                failure.set(e);
              }
            });
    first.start();
    begun.await();
    String message =
        assertThrows(
                IOException.class,
                () -> new TrainingFile(file("")).complete(PLAN, new Known(), Progress.NONE))
            .getMessage();
    refused.countDown();
    first.join();
    assertTrue(message.contains("is being written by another run"), message);
    assertEquals(null, failure.get());
    assertCompletes(0);
  }

  /** What is seen of the files before the lock is taken may be over when it is. */
  @Test
  void complete_anotherProcessFinishedBeforeTheLock_itsFilesStay() throws IOException {
    byte[] none = {};
    for (byte[] part : List.of(none, csv)) {
      state(part, manifest, csv);
      Known known = new Known();
      List<TrainingRow> all = new TrainingFile(file("")).completeAlone(PLAN, known, Progress.NONE);
      assertEquals(0, known.asked);
      assertEquals(rows.size(), all.size());
      assertArrayEquals(csv, Files.readAllBytes(file("")));
      assertArrayEquals(manifest, Files.readAllBytes(file(".json")));
      assertFalse(Files.exists(file(".part")), "the part is left over");
    }
  }

  @Test
  void complete_anotherPlanBeganBeforeTheLock_isRefusedAndItsManifestStays() throws IOException {
    TrainingPlan other =
        new TrainingPlan(
            PLAN.design(),
            PLAN.runs(),
            PLAN.seed() + 1,
            PLAN.space(),
            PLAN.gpus(),
            PLAN.models(),
            PLAN.version(),
            PLAN.horizonSeconds());
    state(new byte[0], begunManifest, new byte[0]);
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> new TrainingFile(file("")).completeAlone(other, new Known(), Progress.NONE))
            .getMessage();
    assertTrue(message.contains("is of another plan"), message);
    assertArrayEquals(begunManifest, Files.readAllBytes(file(".json")));
    assertCompletes(rows.size());
  }

  /** The rows are all in the part; the interrupt meets the writing of the manifest. */
  @Test
  void complete_interruptedBehindTheLastRow_isCancelledAndGoesOnLater() throws IOException {
    assertThrows(
        CancellationException.class,
        () ->
            new TrainingFile(file(""))
                .complete(
                    PLAN,
                    new Known(),
                    (stage, done, expected) -> {
                      if (done == expected) {
                        Thread.currentThread().interrupt();
                      }
                    }));
    assertTrue(Thread.interrupted(), "the interrupt is not forgotten");
    assertFalse(Files.exists(file("")), "nothing is finished");
    assertCompletes(0);
  }

  @Test
  void complete_interrupted_isCancelledAndGoesOnLater() throws IOException {
    Thread.currentThread().interrupt();
    assertThrows(
        CancellationException.class,
        () -> new TrainingFile(file("")).complete(PLAN, new Known(), Progress.NONE));
    assertTrue(Thread.interrupted(), "the interrupt is not forgotten");
    new TrainingFile(file("")).complete(PLAN, new Known(), Progress.NONE);
    assertCompletes(0);
  }

  @Test
  void complete_listenerThrows_keepsWhatIsDone() throws IOException {
    IllegalStateException thrown =
        assertThrows(
            IllegalStateException.class,
            () ->
                new TrainingFile(file(""))
                    .complete(
                        PLAN,
                        new Known(),
                        (stage, done, expected) -> {
                          if (done == 4) {
                            throw new IllegalStateException("listener");
                          }
                        }));
    assertEquals("listener", thrown.getMessage());
    assertCompletes(2);
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(2, files.count(), "only the rows and their manifest");
    }
  }
}
