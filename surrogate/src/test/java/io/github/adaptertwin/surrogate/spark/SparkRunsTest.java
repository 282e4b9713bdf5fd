package io.github.adaptertwin.surrogate.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.adaptertwin.core.progress.Progress;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.surrogate.ThreadRuns;
import io.github.adaptertwin.surrogate.serving.TrainingDesign;
import io.github.adaptertwin.surrogate.serving.TrainingPlan;
import io.github.adaptertwin.surrogate.serving.TrainingRow;
import io.github.adaptertwin.surrogate.serving.TrainingSpace;
import io.github.adaptertwin.workload.length.FixedLengths;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Runs with {@code -Pspark}, which brings Spark along. */
@Tag("spark")
class SparkRunsTest {
  @Test
  void a_plan_has_the_same_rows_on_spark_as_on_threads() {
    EngineFlags flags = EngineFlags.builder().maxModelLen(2048).build();
    TrainingSpace space =
        TrainingSpace.builder(new FixedLengths(250, 230), flags).adapters(4, 64).build();
    TrainingPlan plan =
        new TrainingPlan(
            TrainingDesign.SOBOL,
            12,
            1,
            space,
            List.of("h100-80gb-sxm"),
            List.of("llama-3.1-8b"),
            EngineVersion.VLLM_0_8_5,
            30);
    List<TrainingRow> expected = plan.run(new ThreadRuns(1), Progress.NONE);
    SparkConf settings =
        new SparkConf().setMaster("local[2]").setAppName("test").set("spark.ui.enabled", "false");
    try (JavaSparkContext spark = new JavaSparkContext(settings)) {
      assertEquals("local[2]", spark.master());
      List<TrainingRow> rows = plan.run(new SparkRuns(4), Progress.NONE);
      assertEquals(expected.size(), rows.size());
      for (int i = 0; i < rows.size(); i++) {
        assertArrayEquals(expected.get(i).features(), rows.get(i).features(), 0);
        assertEquals(
            expected.get(i).throughputTokensPerSecond(),
            rows.get(i).throughputTokensPerSecond(),
            0);
      }
    }
  }
}
