package io.github.adaptertwin.placement;

/**
 * A placement that was updated, and what that takes.
 *
 * @param placement the new placement
 * @param change what has to be done to get there from the old one
 */
public record Replacement(Placement placement, PlacementChange change) {}
