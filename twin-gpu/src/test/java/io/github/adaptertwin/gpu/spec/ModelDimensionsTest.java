package io.github.adaptertwin.gpu.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ModelDimensionsTest {
  /** A copy by the canonical constructor, which checks again, with another number of weights. */
  private static ModelSpec copy(ModelSpec model, long more) {
    RecordComponent[] parts = ModelSpec.class.getRecordComponents();
    try {
      Object[] values = new Object[parts.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = parts[i].getAccessor().invoke(model);
        if (parts[i].getName().equals("parameters")) {
          values[i] = (long) values[i] + more;
        }
      }
      Class<?>[] types =
          Arrays.stream(parts).map(RecordComponent::getType).toArray(Class<?>[]::new);
      return ModelSpec.class.getDeclaredConstructor(types).newInstance(values);
    } catch (InvocationTargetException e) {
      throw (RuntimeException) e.getCause();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void parameters_ofEveryModel_areWhatItsDimensionsGive() {
    for (ModelSpec model : Models.all()) {
      assertEquals(model, copy(model, 0));
      for (long more : new long[] {-1, 1}) {
        String message =
            assertThrows(IllegalArgumentException.class, () -> copy(model, more)).getMessage();
        assertTrue(message.contains("dimensions give " + model.parameters()), message);
      }
    }
  }

  /** Llama-3.1-8B by hand: 32 layers of width 4096, 8 of 32 heads for keys and values. */
  @Test
  void widths_ofLlama_areThoseOfItsConfiguration() {
    ModelSpec llama = Models.named("llama-3.1-8b");
    assertEquals(8_030_261_248L, llama.parameters());
    assertEquals(4096, llama.queryWidth());
    assertEquals(1024, llama.kvWidth());
    assertEquals(16_060_522_496L, llama.weightBytes());
    assertEquals(131_072, llama.kvBytesPerToken());
    // q and o: 8192 each, k and v: 5120 each, gate, up and down: 18432 each.
    assertEquals(2L * 8 * 32 * (2 * 8192 + 2 * 5120 + 3 * 18_432), llama.adapterBytes(8));
    assertEquals(llama.name(), llama.toString());
  }
}
