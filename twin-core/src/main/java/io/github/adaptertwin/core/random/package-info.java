/**
 * Named, reproducible random streams. A stream is a pure function of (seed, name, replication);
 * laws of arrival and length live in the workload module.
 */
@NullMarked
package io.github.adaptertwin.core.random;

import org.jspecify.annotations.NullMarked;
