/**
 * Where bad input is named by file, line and column, and where files are written whole or not at
 * all.
 */
@NullMarked
package io.github.adaptertwin.core.input;

import org.jspecify.annotations.NullMarked;
