/**
 * Plans in the formats of those who carry them out: command lines of the engine, Kubernetes objects
 * of AIBrix, KServe and llm-d, and a table for routers. Nothing here plans or simulates; only the
 * command line knows this package, and the YAML library is an optional dependency used here alone.
 */
@NullMarked
package io.github.adaptertwin.placement.export;

import org.jspecify.annotations.NullMarked;
