package io.github.adaptertwin.surrogate.serving;

import com.google.common.collect.ImmutableList;
import com.google.common.hash.Hashing;
import com.google.gson.stream.JsonWriter;
import io.github.adaptertwin.core.input.JsonInput;
import io.github.adaptertwin.core.input.MalformedInputException;
import io.github.adaptertwin.core.input.SourceLocation;
import io.github.adaptertwin.core.input.WholeFile;
import io.github.adaptertwin.core.progress.Progress;
import io.github.adaptertwin.surrogate.RunMap;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a plan in a CSV file with a manifest beside it. While the plan runs, each row is
 * appended to {@code NAME.csv.part} as soon as it is there; if the program is ended, the next run
 * of the same plan goes on from these rows, so that none is lost or computed twice. When all rows
 * are there they are written in the order of the plan to {@code NAME.csv}, with the plan in words,
 * number of rows and SHA-256 in {@code NAME.csv.json}, and the part is deleted. The bytes depend on
 * the plan only, not on threads, machines or interruptions.
 */
public final class TrainingFile {
  private static final int SCHEMA_VERSION = 1;

  private final Path csv;
  private final Path part;
  private final Path manifest;

  /**
   * Names the files.
   *
   * @param csv the CSV file; the others lie beside it
   */
  public TrainingFile(Path csv) {
    this.csv = csv;
    part = csv.resolveSibling(csv.getFileName() + ".part");
    manifest = csv.resolveSibling(csv.getFileName() + ".json");
  }

  /**
   * Runs what is missing of a plan and reads the rest.
   *
   * @param plan the plan
   * @param map where the runs are done
   * @param progress hears of each run
   * @return all rows, in order
   * @throws IOException if a file cannot be read or written, or another run writes it now
   * @throws CancellationException if the thread is interrupted or the listener cancels; what is
   *     done is kept
   * @throws IllegalArgumentException if the files are of another plan
   * @throws MalformedInputException if a file is malformed; the message names file and line
   */
  public List<TrainingRow> complete(TrainingPlan plan, RunMap map, Progress progress)
      throws IOException {
    requireSamePlan(plan);
    return Files.exists(csv) ? finished(plan) : completeAlone(plan, map, progress);
  }

  private List<TrainingRow> finished(TrainingPlan plan) throws IOException {
    List<TrainingRow> rows = read(plan);
    Files.deleteIfExists(part);
    return rows;
  }

  /** Takes the lock and then asks again: another process may have begun or finished meanwhile. */
  List<TrainingRow> completeAlone(TrainingPlan plan, RunMap map, Progress progress)
      throws IOException {
    try (FileChannel rows =
        FileChannel.open(
            part, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      requireAlone(rows);
      requireSamePlan(plan);
      if (Files.exists(csv)) {
        return finished(plan);
      }
      return run(plan, map, progress, rows);
    } catch (ClosedByInterruptException e) {
      throw new CancellationException("interrupted before the first run");
    } catch (UncheckedIOException e) {
      if (e.getCause() instanceof ClosedByInterruptException) {
        throw new CancellationException(
            "interrupted; the same plan goes on from the rows that are there");
      }
      throw new IOException(
          part
              + " cannot be written: "
              + e.getMessage()
              + "; the same plan goes on from the rows that are there",
          e);
    } catch (IOException e) {
      if (e.getCause() instanceof ClosedByInterruptException) {
        throw new CancellationException(
            e.getMessage() + "; the same plan goes on from the rows that are there");
      }
      throw e;
    }
  }

  /** The lock ends with the channel, or with the process. */
  private void requireAlone(FileChannel rows) throws IOException {
    try {
      if (rows.tryLock() != null) {
        return;
      }
    } catch (OverlappingFileLockException e) {
      // A thread of this process has it.
    }
    throw new IOException(
        part + " is being written by another run of the plan; wait for it, or choose another file");
  }

  private List<TrainingRow> run(TrainingPlan plan, RunMap map, Progress progress, FileChannel part)
      throws IOException {
    Map<Integer, TrainingRow> known = begin(plan, part);
    List<TrainingRun> missing = new ArrayList<>();
    for (int i = 0; i < plan.size(); i++) {
      if (!known.containsKey(i)) {
        missing.add(plan.task(i));
      }
    }
    map.run(
        missing,
        (task, row) -> {
          append(part, row);
          known.put(row.index(), row);
          progress.done("training runs", known.size(), plan.size());
        });
    StringWriter text = new StringWriter();
    text.write(TrainingText.header());
    known.values().forEach(row -> text.write(TrainingText.line(row)));
    String rows = text.toString();
    // In this order: whatever moment a kill falls into, the rows are still in one of the files.
    writeManifest(plan, rows);
    WholeFile.writeText(csv, rows);
    Files.deleteIfExists(this.part);
    return ImmutableList.copyOf(known.values());
  }

  /** Reads the part or begins it; what a kill left of a last line is cut off. */
  private Map<Integer, TrainingRow> begin(TrainingPlan plan, FileChannel part) throws IOException {
    Map<Integer, TrainingRow> known = new TreeMap<>();
    byte[] bytes = Channels.newInputStream(part.position(0)).readAllBytes();
    int whole = bytes.length;
    while (whole > 0 && bytes[whole - 1] != '\n') {
      whole--;
    }
    part.truncate(whole).position(whole);
    if (whole == 0) {
      writeManifest(plan, null);
      write(part, TrainingText.header());
      return known;
    }
    String source = this.part.toString();
    for (TrainingRow row :
        TrainingText.parse(source, new String(bytes, 0, whole, StandardCharsets.UTF_8))) {
      if (row.index() >= plan.size()) {
        throw new MalformedInputException(
            SourceLocation.of(source),
            "there is a run "
                + row.index()
                + ", the plan has "
                + plan.size()
                + "; delete the file");
      }
      if (known.put(row.index(), row) != null) {
        throw new MalformedInputException(
            SourceLocation.of(source),
            "run " + row.index() + " is there twice; leave one of them, or delete the file");
      }
    }
    return known;
  }

  private static void append(FileChannel part, TrainingRow row) {
    try {
      write(part, TrainingText.line(row));
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  private static void write(FileChannel part, String text) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      part.write(bytes);
    }
  }

  private List<TrainingRow> read(TrainingPlan plan) throws IOException {
    String text = Files.readString(csv);
    String sum = Hashing.sha256().hashString(text, StandardCharsets.UTF_8).toString();
    Manifest told = readManifest();
    if (!sum.equals(told.sha256)) {
      throw new MalformedInputException(
          SourceLocation.of(csv.toString()),
          "the file was cut off or changed: its SHA-256 is "
              + sum
              + ", the manifest says "
              + told.sha256
              + "; delete it to run the plan again");
    }
    List<TrainingRow> rows = TrainingText.parse(csv.toString(), text);
    if (rows.size() != plan.size()) {
      throw new MalformedInputException(
          SourceLocation.of(csv.toString()),
          "there are " + rows.size() + " rows, the plan has " + plan.size());
    }
    return rows;
  }

  /** What a manifest says. */
  private record Manifest(String plan, String sha256) {}

  private void requireSamePlan(TrainingPlan plan) throws IOException {
    if (Files.exists(manifest)) {
      String told = readManifest().plan;
      if (!told.equals(plan.describe())) {
        throw new IllegalArgumentException(
            csv + " is of another plan: " + told + "; choose another file, or delete it");
      }
    } else if (Files.exists(csv) || (Files.exists(part) && Files.size(part) > 0)) {
      throw new IllegalArgumentException(
          csv + " has no manifest, so nobody knows its plan; delete it, or choose another file");
    }
  }

  private void writeManifest(TrainingPlan plan, @Nullable String rows) throws IOException {
    StringWriter text = new StringWriter();
    try (JsonWriter json = new JsonWriter(text)) {
      json.setIndent("  ");
      json.beginObject();
      json.name("schemaVersion").value(SCHEMA_VERSION);
      json.name("plan").value(plan.describe());
      json.name("runs").value(plan.size());
      json.name("complete").value(rows != null);
      json.name("sha256")
          .value(
              rows == null
                  ? ""
                  : Hashing.sha256().hashString(rows, StandardCharsets.UTF_8).toString());
      json.endObject();
    }
    WholeFile.writeText(manifest, text + "\n");
  }

  private Manifest readManifest() throws IOException {
    String plan = "";
    String sha256 = "";
    try (JsonInput json = JsonInput.of(manifest.toString(), Files.newBufferedReader(manifest))) {
      json.beginObject();
      while (json.hasNext()) {
        switch (json.name()) {
          case "schemaVersion" -> json.integer(SCHEMA_VERSION, SCHEMA_VERSION);
          case "plan" -> plan = json.string();
          case "sha256" -> sha256 = json.string();
          default -> json.skip();
        }
      }
      json.endObject();
      json.endDocument();
    }
    return new Manifest(plan, sha256);
  }
}
