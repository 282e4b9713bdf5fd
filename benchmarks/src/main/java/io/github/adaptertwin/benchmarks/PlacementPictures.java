package io.github.adaptertwin.benchmarks;

import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import io.github.adaptertwin.core.picture.Axis;
import io.github.adaptertwin.core.picture.Chart;
import io.github.adaptertwin.core.picture.Series;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Draws what {@link PlacementStudy} wrote.
 *
 * <pre>
 * java -cp benchmarks/target/benchmarks.jar io.github.adaptertwin.benchmarks.PlacementPictures \
 *     FOLDER STUDY.csv [MORE.csv]
 * </pre>
 */
public final class PlacementPictures {
  private static final int WIDTH_OF_A_BAR = 195;

  private final Map<String, Integer> solved = new LinkedHashMap<>();

  /** GPUs of our plan, of the reference, and the bound, for each scenario that has all three. */
  private final List<double[]> counts = new ArrayList<>();

  private PlacementPictures() {}

  /**
   * Draws the pictures.
   *
   * @param args the folder to write to, and tables of the study
   * @throws IOException if a file cannot be read or written
   */
  public static void main(String[] args) throws IOException {
    if (args.length < 2) {
      System.err.println("usage: PlacementPictures FOLDER STUDY.csv [MORE.csv]");
      System.exit(2);
    }
    PlacementPictures pictures = new PlacementPictures();
    for (int i = 1; i < args.length; i++) {
      pictures.read(Path.of(args[i]));
    }
    Path folder = Path.of(args[0]);
    pictures.drawSolved(folder.resolve("placement-solved.svg"));
    pictures.drawGpus(folder.resolve("placement-gpus.svg"));
  }

  private void read(Path table) throws IOException {
    try (CsvReader<NamedCsvRecord> csv = CsvReader.builder().ofNamedCsvRecord(table)) {
      for (NamedCsvRecord row : csv) {
        boolean done = row.getField("outcome").equals(row.getField("gpus"));
        solved.merge(row.getField("algorithm"), done ? 1 : 0, Integer::sum);
        if (row.getField("algorithm").equals(PlacementStudy.OURS)
            && !row.getField("reference").isEmpty()
            && !row.getField("lower_bound").isEmpty()) {
          counts.add(
              new double[] {
                Double.parseDouble(row.getField("gpus")),
                Double.parseDouble(row.getField("reference")),
                Double.parseDouble(row.getField("lower_bound"))
              });
        }
      }
    }
  }

  private void drawSolved(Path picture) throws IOException {
    List<String> names = List.copyOf(solved.keySet());
    Chart.of(
            "Scenarios solved, every GPU at 90 % or more of its tokens",
            Axis.categories("algorithm", names), Axis.linear("scenarios"))
        .with(
            Series.bars(
                "solved", names.stream().mapToDouble(n -> solved.getOrDefault(n, 0)).toArray()))
        // Wide enough that the longest name of an algorithm finds its place below its bar.
        .sized(WIDTH_OF_A_BAR * names.size(), 420)
        .write(picture);
  }

  private void drawGpus(Path picture) throws IOException {
    List<double[]> sorted = new ArrayList<>(counts);
    sorted.sort(Arrays::compare);
    double[] x = new double[sorted.size()];
    double[][] y = new double[3][x.length];
    for (int i = 0; i < x.length; i++) {
      x[i] = i + 1;
      for (int k = 0; k < 3; k++) {
        y[k][i] = sorted.get(i)[k];
      }
    }
    Chart.of(
            "GPUs of the plan, of the reference, and the lower bound",
            Axis.linear("scenarios in order of their GPUs"),
            Axis.linear("GPUs"))
        .with(Series.steps("plan", x, y[0]))
        .with(Series.steps("reference", x, y[1]).dashed())
        .with(Series.steps("lower bound", x, y[2]))
        .sized(960, 360)
        .write(picture);
  }
}
