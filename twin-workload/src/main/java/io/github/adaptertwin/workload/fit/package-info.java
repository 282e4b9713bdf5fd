/**
 * Laws from data: maximum likelihood within each family, the choice among families, and how far the
 * chosen law is from the data.
 */
@NullMarked
package io.github.adaptertwin.workload.fit;

import org.jspecify.annotations.NullMarked;
