/** The command line. Nothing else in the module knows it, and its libraries are used only here. */
@NullMarked
package io.github.adaptertwin.placement.cli;

import org.jspecify.annotations.NullMarked;
