/**
 * One serving engine on one GPU or tensor-parallel group: scheduler, KV blocks, adapter caches, and
 * the cost interface through which it learns how long a step takes. No GPU, model or law of arrival
 * is known here.
 */
@NullMarked
package io.github.adaptertwin.core.engine;

import org.jspecify.annotations.NullMarked;
