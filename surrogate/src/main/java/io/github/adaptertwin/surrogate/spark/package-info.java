/**
 * Runs on Apache Spark what would otherwise run on threads. The only package that needs Spark,
 * which users add themselves; nothing here knows what is run.
 */
@NullMarked
package io.github.adaptertwin.surrogate.spark;

import org.jspecify.annotations.NullMarked;
