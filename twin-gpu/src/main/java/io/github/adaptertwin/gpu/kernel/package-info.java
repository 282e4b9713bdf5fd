/**
 * What single GPU kernels cost, from bytes, floating-point operations and a few constants of a GPU
 * class that were fitted on measured kernels, and what a step without LoRA costs that is put
 * together from them. What served runs say about steps is in the step package.
 */
@NullMarked
package io.github.adaptertwin.gpu.kernel;

import org.jspecify.annotations.NullMarked;
