/**
 * What is asked of a replica: adapters, requests, traces and the cursors an engine pulls them
 * through. How requests come about is the workload module's business.
 */
@NullMarked
package io.github.adaptertwin.core.request;

import org.jspecify.annotations.NullMarked;
