/**
 * Readers of recorded request traces, and the rules that turn a trace without adapters into one
 * with adapters.
 */
@NullMarked
package io.github.adaptertwin.workload.trace;

import org.jspecify.annotations.NullMarked;
