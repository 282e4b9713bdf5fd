/**
 * How adapters are dealt to GPUs and how the flags of each GPU are chosen, given an oracle that
 * judges one GPU. Nothing here knows how a verdict comes about or how a plan is shown.
 */
@NullMarked
package io.github.adaptertwin.placement.pack;

import org.jspecify.annotations.NullMarked;
