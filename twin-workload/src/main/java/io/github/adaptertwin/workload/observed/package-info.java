/**
 * Traffic that was observed: tables of measured serving runs, counters that an engine or a router
 * exposes, request lines of an engine's log; and the workloads that replay them.
 */
@NullMarked
package io.github.adaptertwin.workload.observed;

import org.jspecify.annotations.NullMarked;
