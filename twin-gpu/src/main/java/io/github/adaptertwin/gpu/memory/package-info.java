/**
 * What fits into a GPU's memory, by replay of what the engine allocates at start, and the reason
 * when it does not start.
 */
@NullMarked
package io.github.adaptertwin.gpu.memory;

import org.jspecify.annotations.NullMarked;
