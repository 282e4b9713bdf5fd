/** Root of the workload module. */
@NullMarked
package io.github.adaptertwin.workload;

import org.jspecify.annotations.NullMarked;
