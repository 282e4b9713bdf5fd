/**
 * What the readers of all formats share: JSON values, rows of CSV and lines whose faults are named
 * by file, line and column, gzip and texts within limits; and files that are written whole or not
 * at all. Nothing here knows what a file means.
 */
@NullMarked
package io.github.adaptertwin.core.input;

import org.jspecify.annotations.NullMarked;
