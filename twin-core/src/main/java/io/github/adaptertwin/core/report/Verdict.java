package io.github.adaptertwin.core.report;

import java.io.Serializable;

/**
 * What a rule says of a run.
 *
 * @param rule name of the rule
 * @param feasible whether the run keeps the rule
 * @param reason the figures behind it, in words
 */
public record Verdict(String rule, boolean feasible, String reason) implements Serializable {}
