package io.github.adaptertwin.core.input;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * Writes files whole or not at all: the bytes go to a temporary file in the same folder, which is
 * moved over the target once it is complete. A reader never sees half a file, and a failed write
 * leaves the old file as it was.
 */
public final class WholeFile {
  private WholeFile() {}

  /** What fills the file. */
  @FunctionalInterface
  public interface Content {
    /**
     * Writes all of the content.
     *
     * @param out where to write; the caller closes it
     * @throws IOException if writing fails
     */
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * Writes text as UTF-8.
   *
   * @param target the file to create or replace
   * @param text its new content
   * @throws IOException if the file cannot be written; the target is then unchanged
   */
  public static void writeText(Path target, String text) throws IOException {
    write(target, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * Writes bytes.
   *
   * @param target the file to create or replace
   * @param content what to write
   * @throws IOException if the file cannot be written; the target is then unchanged
   */
  public static void write(Path target, Content content) throws IOException {
    Path absolute = target.toAbsolutePath();
    Path folder = absolute.getParent();
    if (folder == null) {
      throw new IOException(target + " is not a file that can be written");
    }
    try {
      Path temporary = createBeside(absolute, folder);
      boolean moved = false;
      try {
        fill(temporary, content);
        move(temporary, absolute);
        moved = true;
      } finally {
        // After the move the name is free, and the file that bears it may be another writer's.
        if (!moved) {
          Files.deleteIfExists(temporary);
        }
      }
    } catch (NoSuchFileException e) {
      throw new IOException(target + " cannot be written: there is no folder " + folder, e);
    } catch (AccessDeniedException e) {
      throw new IOException(target + " cannot be written: " + folder + " allows no new files", e);
    } catch (ClosedByInterruptException e) {
      throw new IOException(target + " is not written: the thread was interrupted", e);
    } catch (IOException e) {
      throw new IOException(target + " cannot be written: " + e.getMessage(), e);
    }
  }

  private static void move(Path temporary, Path target) throws IOException {
    try {
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static void fill(Path temporary, Content content) throws IOException {
    try (FileChannel file = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
      OutputStream out = new StaysOpen(Channels.newOutputStream(file));
      content.writeTo(out);
      out.flush();
      // Else a crash of the machine could leave the new name with nothing behind it.
      file.force(true);
    }
  }

  /** Content that closes its stream, as one that packs does, must not close the file. */
  private static final class StaysOpen extends BufferedOutputStream {
    StaysOpen(OutputStream file) {
      super(file);
    }

    @Override
    public void close() {
      // Flushed by whoever fills the file.
    }
  }

  /** Creates a file of its own with the permissions that any new file gets there. */
  private static Path createBeside(Path target, Path folder) throws IOException {
    for (int n = 0; ; n++) {
      try {
        return Files.createFile(folder.resolve(target.getFileName() + "." + n + ".tmp"));
      } catch (FileAlreadyExistsException e) {
        // Another writer's, or left by one that was killed: the next number.
      }
    }
  }
}
