/** Root of the benchmarks module. */
@NullMarked
package io.github.adaptertwin.benchmarks;

import org.jspecify.annotations.NullMarked;
