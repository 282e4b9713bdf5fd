/**
 * The planner's front door: {@link io.github.adaptertwin.placement.Placer}, its options, and the
 * sealed result. How capacity is judged and how adapters are packed live in the packages below; the
 * twin, the hardware and the workloads live in their own modules.
 */
@NullMarked
package io.github.adaptertwin.placement;

import org.jspecify.annotations.NullMarked;
