/**
 * Locality: how often an adapter that is asked for was used a short while before. Sessions as a law
 * of arrival times live in the arrival package.
 */
@NullMarked
package io.github.adaptertwin.workload.session;

import org.jspecify.annotations.NullMarked;
