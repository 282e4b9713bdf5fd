/**
 * Oracles that say whether one GPU serves one set of adapters with one set of flags: the twin, and
 * the surrogate that was trained on it. Which sets are asked about is the packing's business.
 */
@NullMarked
package io.github.adaptertwin.placement.capacity;

import org.jspecify.annotations.NullMarked;
