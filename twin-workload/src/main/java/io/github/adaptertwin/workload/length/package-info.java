/**
 * How many tokens a request brings and asks for: laws of (input, output) pairs. When requests
 * arrive is not decided here.
 */
@NullMarked
package io.github.adaptertwin.workload.length;

import org.jspecify.annotations.NullMarked;
