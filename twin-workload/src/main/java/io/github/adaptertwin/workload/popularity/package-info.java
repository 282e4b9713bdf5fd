/** How requests are shared among adapters, each law under its true name. */
@NullMarked
package io.github.adaptertwin.workload.popularity;

import org.jspecify.annotations.NullMarked;
