/**
 * Placement algorithms of other people under their names, behind one interface, so that they can be
 * compared on the same workloads and judged by the same twin. Nothing here verifies a plan.
 */
@NullMarked
package io.github.adaptertwin.placement.baseline;

import org.jspecify.annotations.NullMarked;
