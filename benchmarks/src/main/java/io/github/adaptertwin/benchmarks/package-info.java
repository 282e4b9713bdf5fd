/** Everything that measures the product: JMH harnesses, and studies that are run by hand. */
@NullMarked
package io.github.adaptertwin.benchmarks;

import org.jspecify.annotations.NullMarked;
