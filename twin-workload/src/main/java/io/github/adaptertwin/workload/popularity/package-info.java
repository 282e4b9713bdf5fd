/**
 * How requests are shared among adapters, each law under its true name, and how to draw by shares.
 */
@NullMarked
package io.github.adaptertwin.workload.popularity;

import org.jspecify.annotations.NullMarked;
