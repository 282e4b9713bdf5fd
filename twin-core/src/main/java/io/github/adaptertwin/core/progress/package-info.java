/**
 * How long work tells how far it is, and how it is stopped. Nothing here knows what the work is.
 */
@NullMarked
package io.github.adaptertwin.core.progress;

import org.jspecify.annotations.NullMarked;
