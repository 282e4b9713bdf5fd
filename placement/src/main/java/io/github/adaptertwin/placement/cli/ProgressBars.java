package io.github.adaptertwin.placement.cli;

import io.github.adaptertwin.core.progress.Progress;
import java.io.Console;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** Shows long work on the terminal: one bar for each stage. Nothing if nobody looks. */
final class ProgressBars implements Progress, AutoCloseable {
  private static final int UPDATE_MILLIS = 200;

  private final boolean shown;
  private String stage = "";
  private @Nullable ProgressBar bar;

  private ProgressBars(boolean shown) {
    this.shown = shown;
  }

  /** {@return bars if a person is at the terminal and did not ask for silence} */
  static ProgressBars unless(boolean quiet) {
    return new ProgressBars(!quiet && isTerminal());
  }

  /** Java 22 gives a console to everybody and tells by a new method whether it is a terminal. */
  @SuppressWarnings("SystemConsoleNull")
  private static boolean isTerminal() {
    Console console = System.console();
    if (console == null) {
      return false;
    }
    try {
      return (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (NoSuchMethodException e) {
      return true;
    } catch (ReflectiveOperationException e) {
      return false;
    }
  }

  @Override
  public synchronized void done(String newStage, long done, long expected) {
    if (!shown) {
      return;
    }
    if (bar == null || !newStage.equals(stage)) {
      clear();
      stage = newStage;
      bar =
          new ProgressBarBuilder()
              .setTaskName(newStage)
              .setInitialMax(expected)
              .setStyle(ProgressBarStyle.ASCII)
              .setUpdateIntervalMillis(UPDATE_MILLIS)
              .clearDisplayOnFinish()
              .build();
    }
    bar.stepTo(done);
  }

  /** Takes the bar away, so that other words can be printed. */
  synchronized void clear() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }

  @Override
  public void close() {
    clear();
  }
}
