/** Tables of measured serving runs, and the workloads that replay them. */
@NullMarked
package io.github.adaptertwin.workload.observed;

import org.jspecify.annotations.NullMarked;
