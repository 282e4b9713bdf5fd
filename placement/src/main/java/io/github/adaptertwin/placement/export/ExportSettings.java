package io.github.adaptertwin.placement.export;

import io.github.adaptertwin.core.input.VisibleText;
import io.github.adaptertwin.gpu.spec.Models;
import java.util.regex.Pattern;

/**
 * What a plan does not know of the place where it is carried out.
 *
 * @param modelUri where the base model's weights are, such as {@code
 *     hf://meta-llama/Llama-3.1-8B-Instruct}; the command lines get it without {@code hf://}
 * @param adapterPath where an adapter lies on the engine's file system, {@code {id}} stands for its
 *     id, in which the parts {@code .} and {@code ..} of a path become {@code %2E} and {@code
 *     %2E%2E}
 * @param adapterUri where a controller fetches an adapter from, {@code {id}} stands for its id in
 *     the same way
 * @param namespace Kubernetes namespace of all objects
 * @param gateway name of the Gateway that routes are attached to
 * @param image container image of the engine
 * @param port port of the engine, in [1, 65535]
 */
public record ExportSettings(
    String modelUri,
    String adapterPath,
    String adapterUri,
    String namespace,
    String gateway,
    String image,
    int port) {
  private static final String ID = "{id}";

  /** Parts of a path that stand for a folder or the one above it. */
  private static final Pattern DOTS = Pattern.compile("(?<![^/])\\.{1,2}(?![^/])");

  private static final int MOST_PORT = 65_535;

  private static final int LONGEST_LABEL = 63;
  private static final int LONGEST_SUBDOMAIN = 253;
  private static final Pattern LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?");
  private static final Pattern SUBDOMAIN =
      Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");

  /**
   * Checks the settings.
   *
   * @throws IllegalArgumentException if a text is blank, the namespace or the gateway is no name
   *     that Kubernetes accepts, a place of adapters lacks {@code {id}}, or the port is out of
   *     range; the message names it
   */
  public ExportSettings {
    notBlank("model URI", modelUri);
    withId("adapter path", adapterPath);
    withId("adapter URI", adapterUri);
    named("namespace", namespace, LABEL, LONGEST_LABEL);
    named("gateway", gateway, SUBDOMAIN, LONGEST_SUBDOMAIN);
    notBlank("image", image);
    if (port < 1 || port > MOST_PORT) {
      throw new IllegalArgumentException("port is " + port + ", must be in [1, 65535]");
    }
  }

  private static void notBlank(String what, String value) {
    if (value.isBlank()) {
      throw new IllegalArgumentException(what + " is blank; leave it out for its default");
    }
  }

  private static void named(String what, String value, Pattern allowed, int longest) {
    notBlank(what, value);
    if (value.length() > longest || !allowed.matcher(value).matches()) {
      throw new IllegalArgumentException(
          what
              + " '"
              + VisibleText.of(value)
              + "' is no name that Kubernetes accepts: at most "
              + longest
              + " lower case letters, digits and hyphens"
              + (longest == LONGEST_LABEL ? "" : " in parts joined by dots")
              + ", with a letter or digit first and last");
    }
  }

  private static void withId(String what, String value) {
    if (!value.contains(ID)) {
      throw new IllegalArgumentException(
          what
              + " '"
              + value
              + "' would be the same for every adapter; write "
              + ID
              + " where the adapter's id belongs");
    }
  }

  /**
   * Settings that only have to be looked over: adapters under {@code /adapters} or in a bucket of
   * that name, namespace {@code default}, a gateway called {@code inference-gateway}, port 8000.
   *
   * @param baseModel name of the base model
   * @return the settings
   */
  public static ExportSettings defaults(String baseModel) {
    return new ExportSettings(
        "hf://" + Models.withoutTypes(baseModel),
        "/adapters/" + ID,
        "s3://adapters/" + ID,
        "default",
        "inference-gateway",
        "vllm/vllm-openai:v0.8.5",
        8000);
  }

  /** The model as the engine's command line names it: a path or a name on the hub. */
  String modelArgument() {
    return modelUri.startsWith("hf://") ? modelUri.substring("hf://".length()) : modelUri;
  }

  String pathOf(String adapterId) {
    return adapterPath.replace(ID, inPlace(adapterId));
  }

  String uriOf(String adapterId) {
    return adapterUri.replace(ID, inPlace(adapterId));
  }

  /** An id is data: its dots must not lead out of the folder that adapters lie in. */
  private static String inPlace(String id) {
    return DOTS.matcher(id).replaceAll(found -> found.group().replace(".", "%2E"));
  }
}
