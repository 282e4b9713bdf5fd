/**
 * What single GPU kernels cost, from bytes, floating-point operations and a few constants of a GPU
 * class that were fitted on measured kernels. How an engine puts kernels together, and what served
 * runs say about it, is in the step package.
 */
@NullMarked
package io.github.adaptertwin.gpu.kernel;

import org.jspecify.annotations.NullMarked;
