/**
 * Recorded request traces: readers and writers of their formats, changes of time and number, what
 * is in them, and the rules that give their requests to adapters.
 */
@NullMarked
package io.github.adaptertwin.workload.trace;

import org.jspecify.annotations.NullMarked;
