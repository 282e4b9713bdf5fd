/** Decision trees and how they are grown. */
@NullMarked
package io.github.adaptertwin.surrogate.tree;

import org.jspecify.annotations.NullMarked;
