/**
 * When requests arrive: laws of single streams, each with its rate, the variation of its gaps and
 * the dispersion of its counts in closed form, and their composition. Who asks, and for how many
 * tokens, is not decided here.
 *
 * <p>Words: the <em>gap</em> is the time between two arrivals of a stream, its CV the standard
 * deviation over the mean, both as seen by arrivals. The <em>index of dispersion</em> of a window
 * is the variance of the number of arrivals in it over their mean, for windows at a random time; 1
 * for Poisson arrivals. Streams are stationary from time 0 on, so windows at the begin of a run are
 * no exception.
 */
@NullMarked
package io.github.adaptertwin.workload.arrival;

import org.jspecify.annotations.NullMarked;
