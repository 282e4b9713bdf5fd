package io.github.adaptertwin.core;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;

/**
 * A property that is known to be false. The normal build leaves it out; continuous integration runs
 * it alone and demands that it is reported as failing, so that a silent mismatch of test engines
 * cannot turn all properties off.
 */
@Tag("probe")
class PropertyProbe {
  @Property
  boolean no_int_is_above_one_thousand(@ForAll int value) {
    return value <= 1000;
  }
}
