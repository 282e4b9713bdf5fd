package io.github.adaptertwin.workload;

import com.google.gson.stream.JsonWriter;
import io.github.adaptertwin.workload.WorkloadFile.Lengths;
import io.github.adaptertwin.workload.length.CoupledLengths;
import io.github.adaptertwin.workload.length.FixedLengths;
import io.github.adaptertwin.workload.length.LengthFamily;
import io.github.adaptertwin.workload.length.LengthMargin;
import io.github.adaptertwin.workload.length.PooledLengths;
import io.github.adaptertwin.workload.length.TruncatedGammaPair;
import java.io.IOException;
import java.util.Locale;

/** The JSON form of length laws. */
final class LengthLawJson {
  private static final int LONGEST = 10_000_000;

  private LengthLawJson() {}

  static Lengths read(JsonMembers m) {
    String law = m.text("law");
    try {
      Lengths lengths =
          switch (law) {
            case "fixed" ->
                new Lengths.Fixed(
                    new FixedLengths(
                        m.integer("inputTokens", 1, LONGEST),
                        m.integer("outputTokens", 1, LONGEST)));
            case "truncatedGamma" -> gamma(m);
            case "coupled" -> coupled(m);
            case "rows" -> {
              int[] inputs = m.integers("inputTokens", 1, LONGEST);
              yield new Lengths.Rows(
                  PooledLengths.ofRows(inputs, m.integers("outputTokens", 1, LONGEST)));
            }
            default ->
                throw m.malformed(
                    "length law is '"
                        + law
                        + "', known are fixed, truncatedGamma, coupled and rows");
          };
      m.done();
      return lengths;
    } catch (IllegalArgumentException e) {
      throw m.malformed(String.valueOf(e.getMessage()));
    }
  }

  private static Lengths gamma(JsonMembers m) {
    TruncatedGammaPair parameters =
        new TruncatedGammaPair(
            m.number("inputMean"),
            m.number("inputSd"),
            m.has("maxInput") ? m.integer("maxInput", 5, LONGEST) : 1024,
            m.number("outputMean"),
            m.number("outputSd"),
            m.has("maxTotal") ? m.integer("maxTotal", 6, LONGEST) : 2048,
            m.numberOr("correlation", 0));
    return new Lengths.Gamma(parameters, parameters.pool());
  }

  private static Lengths coupled(JsonMembers m) {
    CoupledLengths parameters =
        new CoupledLengths(
            margin(m.object("input")),
            margin(m.object("output")),
            m.numberOr("correlation", 0),
            m.has("maxTotal") ? m.integer("maxTotal", 2, 2 * LONGEST) : 2 * LONGEST);
    return new Lengths.Coupled(parameters, parameters.pool());
  }

  private static LengthMargin margin(JsonMembers m) {
    String law = m.text("law");
    LengthMargin margin =
        switch (law) {
          case "fixed" -> new LengthMargin.Fixed(m.integer("tokens", 1, LONGEST));
          case "gamma", "lognormal", "weibull" ->
              new LengthMargin.Restricted(
                  LengthFamily.valueOf(law.toUpperCase(Locale.ROOT)),
                  m.number("mean"),
                  m.number("sd"),
                  m.has("least") ? m.integer("least", 1, LONGEST) : 1,
                  m.integer("most", 2, LONGEST));
          case "empirical" -> LengthMargin.Empirical.of(m.integers("tokens", 1, LONGEST));
          default ->
              throw m.malformed(
                  "law of a length is '"
                      + law
                      + "', known are fixed, gamma, lognormal, weibull and empirical");
        };
    m.done();
    return margin;
  }

  static void write(Lengths lengths, JsonWriter json) throws IOException {
    json.beginObject();
    if (lengths instanceof Lengths.Fixed fixed) {
      json.name("law").value("fixed");
      json.name("inputTokens").value(fixed.law().inputTokens());
      json.name("outputTokens").value(fixed.law().outputTokens());
    } else if (lengths instanceof Lengths.Gamma gamma) {
      TruncatedGammaPair p = gamma.parameters();
      json.name("law").value("truncatedGamma");
      json.name("inputMean").value(p.inputMean());
      json.name("inputSd").value(p.inputSd());
      json.name("maxInput").value(p.maxInput());
      json.name("outputMean").value(p.outputMean());
      json.name("outputSd").value(p.outputSd());
      json.name("maxTotal").value(p.maxTotal());
      json.name("correlation").value(p.correlation());
    } else if (lengths instanceof Lengths.Coupled coupled) {
      json.name("law").value("coupled");
      margin("input", coupled.parameters().input(), json);
      margin("output", coupled.parameters().output(), json);
      json.name("correlation").value(coupled.parameters().correlation());
      json.name("maxTotal").value(coupled.parameters().maxTotal());
    } else if (lengths instanceof Lengths.Rows rows) {
      json.name("law").value("rows");
      tokens("inputTokens", rows.law().inputTokens(), json);
      tokens("outputTokens", rows.law().outputTokens(), json);
    }
    json.endObject();
  }

  private static void margin(String name, LengthMargin margin, JsonWriter json) throws IOException {
    json.name(name).beginObject();
    if (margin instanceof LengthMargin.Fixed fixed) {
      json.name("law").value("fixed");
      json.name("tokens").value(fixed.tokens());
    } else if (margin instanceof LengthMargin.Restricted r) {
      json.name("law").value(r.family().name().toLowerCase(Locale.ROOT));
      json.name("mean").value(r.meanTokens());
      json.name("sd").value(r.sdTokens());
      json.name("least").value(r.least());
      json.name("most").value(r.most());
    } else if (margin instanceof LengthMargin.Empirical e) {
      json.name("law").value("empirical");
      tokens("tokens", e.tokens(), json);
    }
    json.endObject();
  }

  /** A list on one line, since there may be thousands. */
  private static void tokens(String name, int[] tokens, JsonWriter json) throws IOException {
    StringBuilder list = new StringBuilder("[");
    for (int i = 0; i < tokens.length; i++) {
      list.append(i == 0 ? "" : ", ").append(tokens[i]);
    }
    json.name(name).jsonValue(list.append(']').toString());
  }
}
