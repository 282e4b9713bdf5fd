/**
 * Workloads: which adapters are asked for, how often, with which lengths, for how long, and the
 * file form of all that. A workload names its base model but knows neither GPUs nor engines.
 */
@NullMarked
package io.github.adaptertwin.workload;

import org.jspecify.annotations.NullMarked;
