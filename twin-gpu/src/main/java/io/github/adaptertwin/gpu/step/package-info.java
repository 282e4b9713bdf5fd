/**
 * What a step of the engine costs in time: a calibrated law behind the core module's cost
 * interface, and the profiles that hold its constants.
 */
@NullMarked
package io.github.adaptertwin.gpu.step;

import org.jspecify.annotations.NullMarked;
