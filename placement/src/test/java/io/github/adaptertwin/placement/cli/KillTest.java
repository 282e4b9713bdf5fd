package io.github.adaptertwin.placement.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Real programs, killed by SIGKILL at random moments: every file is whole, old or absent, what was
 * computed is not lost, and after a restart the bytes are those of an undisturbed run.
 */
class KillTest {
  @TempDir private Path folder = Path.of("");

  private final RandomStream chance = new RandomStreams(9).stream("test/kill", 0);

  private Process start(String... args) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // As quick to start as it can be; the moments are spread over the work, not over the start.
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx512m", "-cp"));
    command.add(System.getProperty("java.class.path"));
    command.add(Main.class.getName());
    command.addAll(Arrays.asList(args));
    return new ProcessBuilder(command)
        .directory(folder.toFile())
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("out.txt").toFile())
        .start();
  }

  private long millisOf(String... args) throws Exception {
    long before = System.nanoTime();
    Process process = start(args);
    assertTrue(process.waitFor(5, TimeUnit.MINUTES), "the command ends");
    assertEquals(0, process.exitValue(), Files.readString(folder.resolve("out.txt")));
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - before);
  }

  private interface Check {
    void afterKill() throws IOException;
  }

  /** Kills a command at moments spread over the time that it takes, then lets it end. */
  private void killed(int times, long millis, Check check, String... args) throws Exception {
    for (int kill = 0; kill < times; kill++) {
      Process process = start(args);
      process.waitFor((long) (chance.nextDouble() * 1.1 * millis), TimeUnit.MILLISECONDS);
      process.destroyForcibly();
      process.waitFor();
      check.afterKill();
    }
    millisOf(args);
  }

  private byte[] bytesOf(String name) throws IOException {
    Path file = folder.resolve(name);
    return Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
  }

  private static void assertWholeOrAbsent(byte[] expected, byte[] found) {
    if (found.length > 0) {
      assertArrayEquals(expected, found);
    }
  }

  private void train(int times) throws Exception {
    String[] args = {"train", "--runs", "50", "--horizon", "20", "-q", "--rows", "", "-o", ""};
    String[] quiet = args.clone();
    quiet[7] = "r0.csv";
    quiet[9] = "s0.json";
    final long millis = millisOf(quiet);
    final byte[] rows = bytesOf("r0.csv");
    final byte[] model = bytesOf("s0.json");
    args[7] = "r.csv";
    args[9] = "s.json";
    for (String left : new String[] {"r.csv", "r.csv.json", "s.json"}) {
      Files.deleteIfExists(folder.resolve(left));
    }
    int[] kept = {0};
    killed(
        times,
        millis,
        () -> {
          assertWholeOrAbsent(rows, bytesOf("r.csv"));
          assertWholeOrAbsent(model, bytesOf("s.json"));
          int lines = lines(bytesOf("r.csv").length > 0 ? bytesOf("r.csv") : bytesOf("r.csv.part"));
          assertTrue(lines >= kept[0], "rows were lost: " + lines + " of " + kept[0]);
          kept[0] = lines;
        },
        args);
    assertArrayEquals(rows, bytesOf("r.csv"));
    assertArrayEquals(model, bytesOf("s.json"));
    assertEquals(0, bytesOf("r.csv.part").length);
  }

  private static int lines(byte[] text) {
    int lines = 0;
    for (byte b : text) {
      lines += b == '\n' ? 1 : 0;
    }
    return lines;
  }

  private void calibrate(int times) throws Exception {
    Path published = Path.of(System.getProperty("twin.measurements", ""), "serving-runs.csv");
    assumeTrue(Files.exists(published), "no published runs");
    List<String> lines = Files.readAllLines(published);
    List<String> some = new ArrayList<>(lines.subList(0, 1));
    for (int i = 1; i < lines.size(); i += 16) {
      some.add(lines.get(i));
    }
    Files.write(folder.resolve("runs.csv"), some);
    String[] args = {"calibrate", "--runs", "runs.csv", "--model", "llama-3.1-8b-instruct", "-q"};
    String[] quiet = Arrays.copyOf(args, args.length + 2);
    quiet[args.length] = "-o";
    quiet[args.length + 1] = "p0.json";
    final long millis = millisOf(quiet);
    final byte[] profile = bytesOf("p0.json");
    String[] again = quiet.clone();
    again[args.length + 1] = "p.json";
    killed(times, millis, () -> assertWholeOrAbsent(profile, bytesOf("p.json")), again);
    assertArrayEquals(profile, bytesOf("p.json"));
  }

  private void place(int times) throws Exception {
    Files.writeString(
        folder.resolve("w.json"),
        """
        {"schemaVersion": 1, "baseModel": "llama-3.1-8b-instruct", "horizonSeconds": 60,
         "lengths": {"law": "fixed", "inputTokens": 100, "outputTokens": 20},
         "dealtAdapters": {"count": 6, "ranks": [8], "ratesPerSecond": [0.5]}}
        """);
    String[] args = {"place", "-w", "w.json", "-q", "-o", "plan0.json"};
    final long millis = millisOf(args);
    final byte[] plan = bytesOf("plan0.json");
    args[5] = "plan.json";
    byte[] old = "an older plan\n".getBytes(StandardCharsets.UTF_8);
    Files.write(folder.resolve("plan.json"), old);
    killed(
        times,
        millis,
        () -> {
          byte[] found = bytesOf("plan.json");
          if (!Arrays.equals(old, found)) {
            assertArrayEquals(plan, found);
          }
        },
        args);
    assertArrayEquals(plan, bytesOf("plan.json"));
  }

  @Test
  void commands_killedAtFiveMoments_areWholeAfterARestart() throws Exception {
    train(3);
    place(2);
  }

  @Test
  @Tag("nightly")
  void train_killedAtAHundredMoments_isWholeAfterARestart() throws Exception {
    for (int round = 0; round < 20; round++) {
      // From an empty folder each time, so that kills fall into the rows and not only behind them.
      train(5);
    }
  }

  @Test
  @Tag("nightly")
  void place_killedAtSixtyMoments_isWholeAfterARestart() throws Exception {
    place(60);
  }

  @Test
  @Tag("nightly")
  void calibrate_killedAtFortyMoments_isWholeAfterARestart() throws Exception {
    calibrate(40);
  }
}
