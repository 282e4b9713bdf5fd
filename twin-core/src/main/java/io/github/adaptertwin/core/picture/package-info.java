/**
 * A small writer of SVG pictures: charts of lines, steps, points and bars with axes and a legend,
 * alone or side by side. What a chart is about is known to whoever makes it; nothing here reads
 * reports or files.
 */
@NullMarked
package io.github.adaptertwin.core.picture;

import org.jspecify.annotations.NullMarked;
