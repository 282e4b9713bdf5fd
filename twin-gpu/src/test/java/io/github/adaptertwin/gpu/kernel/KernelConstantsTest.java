package io.github.adaptertwin.gpu.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.Gpus;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KernelConstantsTest {
  private static final RecordComponent[] PARTS = KernelConstants.class.getRecordComponents();

  private static int indexOf(String name) {
    for (int i = 0; i < PARTS.length; i++) {
      if (PARTS[i].getName().equals(name)) {
        return i;
      }
    }
    throw new IllegalArgumentException(name);
  }

  /** The H100's constants with one other figure. */
  private static KernelConstants with(String name, double value) {
    try {
      Object[] values = new Object[PARTS.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = PARTS[i].getAccessor().invoke(KernelConstants.H100);
      }
      values[indexOf(name)] = value;
      Constructor<KernelConstants> constructor =
          KernelConstants.class.getDeclaredConstructor(
              Arrays.stream(PARTS).map(RecordComponent::getType).toArray(Class<?>[]::new));
      return constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      throw (RuntimeException) e.getCause();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void assertRefused(String name, double... values) {
    for (double value : values) {
      String message =
          assertThrows(IllegalArgumentException.class, () -> with(name, value)).getMessage();
      assertTrue(message.startsWith(name + " is " + value), message);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gemmCompute",
        "gemmMemory",
        "prefillCompute",
        "prefillMemory",
        "decodeMemory",
        "reduceShare"
      })
  void share_outsideItsBounds_isRefused(String name) {
    assertRefused(name, 0, -0.5, Math.nextUp(1.0), Double.NaN);
    assertEquals(1.0, valueOf(with(name, 1), name));
    assertEquals(Double.MIN_VALUE, valueOf(with(name, Double.MIN_VALUE), name));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gemmSeconds",
        "prefillSeconds",
        "decodeSeconds",
        "decodeHeadSeconds",
        "reduceSeconds",
        "reducePeerSeconds"
      })
  void time_outsideItsBounds_isRefused(String name) {
    assertRefused(name, -Double.MIN_VALUE, Math.nextUp(1e-2), Double.NaN);
    assertEquals(0.0, valueOf(with(name, 0), name));
    assertEquals(1e-2, valueOf(with(name, 1e-2), name));
  }

  @Test
  void norm_outsideItsBounds_isRefused() {
    assertRefused("gemmNorm", Math.nextDown(1.0), Math.nextUp(100.0), Double.NaN);
    assertEquals(1.0, with("gemmNorm", 1).gemmNorm());
    assertEquals(100.0, with("gemmNorm", 100).gemmNorm());
  }

  @Test
  void of_eachClassOfCard_givesItsOwn() {
    assertEquals(KernelConstants.H200, KernelConstants.of(Gpus.named("h200-141gb-sxm")));
    assertEquals(KernelConstants.H100, KernelConstants.of(Gpus.named("h100-80gb-sxm")));
    assertEquals(KernelConstants.A100, KernelConstants.of(Gpus.named("a100-80gb-sxm")));
    GpuSpec.Builder own =
        GpuSpec.builder("H200-of-mine")
            .memoryGib(100)
            .bandwidthBytesPerSecond(3e12)
            .bf16FlopsPerSecond(9e14)
            .smCount(132);
    assertEquals(KernelConstants.H200, KernelConstants.of(own.build()));
    GpuSpec.Builder old =
        GpuSpec.builder("mine")
            .architecture("ampere")
            .memoryGib(40)
            .bandwidthBytesPerSecond(1e12)
            .bf16FlopsPerSecond(3e14)
            .smCount(100);
    assertEquals(KernelConstants.A100, KernelConstants.of(old.build()));
    assertTrue(KernelConstants.H100.measuredOn(Gpus.named("h100-80gb-sxm")));
    assertTrue(!KernelConstants.H100.measuredOn(Gpus.named("h100-64gb-sxm")));
  }

  private static double valueOf(KernelConstants constants, String name) {
    try {
      return (double) PARTS[indexOf(name)].getAccessor().invoke(constants);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }
}
