/**
 * A plan as one page of HTML that people look at: figures, pictures over time, what was rejected
 * and what happens when traffic grows. The page is made of runs of the twin; nothing here plans for
 * anybody else, and only the command line knows this package.
 */
@NullMarked
package io.github.adaptertwin.placement.report;

import org.jspecify.annotations.NullMarked;
