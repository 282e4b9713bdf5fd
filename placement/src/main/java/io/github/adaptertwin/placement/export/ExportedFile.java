package io.github.adaptertwin.placement.export;

/**
 * One file of an export.
 *
 * @param name file name without a folder
 * @param text its content, which ends with a line feed
 */
public record ExportedFile(String name, String text) {}
