/**
 * Models as they are used: compiled into flat arrays that predict fast, and kept in files. How they
 * were learned is not known here.
 */
@NullMarked
package io.github.adaptertwin.surrogate.model;

import org.jspecify.annotations.NullMarked;
