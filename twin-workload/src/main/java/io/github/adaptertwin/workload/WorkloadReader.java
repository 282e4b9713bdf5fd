package io.github.adaptertwin.workload;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.input.JsonInput;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.workload.arrival.ArrivalLaw;
import io.github.adaptertwin.workload.popularity.Popularity;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads workload files of versions 1 and 2. What a version does not know is an unknown member
 * there, so that a file says which version it needs.
 */
final class WorkloadReader {
  /** More would not fit into the memory of an ordinary program; no fleet has as many. */
  private static final int MOST_ADAPTERS = 1_000_000;

  /** Most characters of all generated names together. */
  private static final long MOST_NAME_CHARACTERS = 1L << 26;

  private final JsonMembers m;
  private final boolean laws;
  private final List<AdapterTraffic> adapters = new ArrayList<>();

  private WorkloadReader(JsonMembers m, boolean laws) {
    this.m = m;
    this.laws = laws;
  }

  static WorkloadFile read(JsonInput json) {
    JsonMembers members = JsonMembers.read(json);
    json.endDocument();
    int version = members.integer("schemaVersion", 1, WorkloadFile.SCHEMA_VERSION);
    return new WorkloadReader(members, version >= 2).workload();
  }

  private WorkloadFile workload() {
    String baseModel = m.text("baseModel");
    double horizonSeconds = m.number("horizonSeconds");
    WorkloadFile.Lengths lengths = LengthLawJson.read(m.object("lengths"));
    boolean base = laws && m.has("baseModelArrivals");
    int ways = 0;
    ways += m.has("adapters") ? 1 : 0;
    ways += m.has("dealtAdapters") ? 1 : 0;
    ways += laws && m.has("sharedAdapters") ? 1 : 0;
    if (ways > 1) {
      throw m.malformed("give one of adapters, dealtAdapters and sharedAdapters");
    }
    if (m.has("dealtAdapters")) {
      dealt(m.object("dealtAdapters"));
    } else if (laws && m.has("sharedAdapters")) {
      shared(m.object("sharedAdapters"));
    } else {
      if (!m.has("adapters")) {
        // A misspelt member is told rather than that the right one is missing.
        m.done();
      }
      List<JsonMembers> list = m.objects("adapters");
      if (list.size() > MOST_ADAPTERS) {
        throw m.malformed(
            "there are "
                + list.size()
                + " adapters, the limit of a workload file is "
                + MOST_ADAPTERS
                + "; split the workload");
      }
      listed(list);
    }
    try {
      Workload workload = Workload.of(baseModel, adapters, lengths.law(), horizonSeconds);
      if (base) {
        workload =
            workload.withBaseModelRequests(ArrivalLawJson.read(m.object("baseModelArrivals")));
      }
      m.done();
      return new WorkloadFile(workload, lengths);
    } catch (IllegalArgumentException e) {
      throw m.malformed(String.valueOf(e.getMessage()));
    }
  }

  private void listed(List<JsonMembers> list) {
    for (JsonMembers a : list) {
      String id = a.text("id");
      int rank = a.integer("rank", 1, LoraAdapter.MAX_RANK);
      try {
        LoraAdapter adapter = new LoraAdapter(id, rank);
        if (laws && a.has("arrivals")) {
          ArrivalLaw law = ArrivalLawJson.read(a.object("arrivals"));
          adapters.add(
              new AdapterTraffic(
                  adapter, a.has("ratePerSecond") ? law.withRate(a.number("ratePerSecond")) : law));
        } else {
          adapters.add(new AdapterTraffic(adapter, a.number("ratePerSecond")));
        }
      } catch (IllegalArgumentException e) {
        throw a.malformed(String.valueOf(e.getMessage()));
      }
      a.done();
    }
  }

  private static List<Integer> ranks(JsonMembers a) {
    return Arrays.stream(a.integers("ranks", 1, LoraAdapter.MAX_RANK))
        .boxed()
        .collect(ImmutableList.toImmutableList());
  }

  private static String prefix(JsonMembers a, int count) {
    String prefix = a.has("idPrefix") ? a.text("idPrefix") : "adapter-";
    if ((long) prefix.length() * count > MOST_NAME_CHARACTERS) {
      throw a.malformed(
          "idPrefix has "
              + prefix.length()
              + " characters for "
              + count
              + " adapters; all names together are limited to "
              + MOST_NAME_CHARACTERS
              + " characters, so shorten it");
    }
    return prefix;
  }

  private void dealt(JsonMembers a) {
    int count = a.integer("count", 1, MOST_ADAPTERS);
    List<Double> rates =
        Arrays.stream(a.numbers("ratesPerSecond")).boxed().collect(ImmutableList.toImmutableList());
    try {
      List<AdapterTraffic> dealt =
          laws && a.has("shuffleSeed")
              ? DealtAdapters.shuffled(
                  prefix(a, count), count, ranks(a), rates, a.wholeNumber("shuffleSeed"))
              : DealtAdapters.of(prefix(a, count), count, ranks(a), rates);
      if (laws && a.has("arrivals")) {
        ArrivalLaw law = ArrivalLawJson.read(a.object("arrivals"));
        for (AdapterTraffic traffic : dealt) {
          adapters.add(
              new AdapterTraffic(traffic.adapter(), law.withRate(traffic.ratePerSecond())));
        }
      } else {
        adapters.addAll(dealt);
      }
    } catch (IllegalArgumentException e) {
      throw a.malformed(String.valueOf(e.getMessage()));
    }
    a.done();
  }

  private void shared(JsonMembers a) {
    int count = a.integer("count", 1, MOST_ADAPTERS);
    ArrivalLaw law =
        a.has("arrivals")
            ? ArrivalLawJson.read(a.object("arrivals"))
            : ArrivalLaw.poisson(a.number("ratePerSecond"));
    try {
      if (a.has("arrivals") && a.has("ratePerSecond")) {
        law = law.withRate(a.number("ratePerSecond"));
      }
      adapters.addAll(
          AdapterTraffic.shared(
              prefix(a, count), count, ranks(a), popularity(a.object("popularity")), law));
    } catch (IllegalArgumentException e) {
      throw a.malformed(String.valueOf(e.getMessage()));
    }
    a.done();
  }

  private static Popularity popularity(JsonMembers p) {
    String law = p.text("law");
    try {
      Popularity popularity =
          switch (law) {
            case "uniform" -> new Popularity.Uniform();
            case "zipf" -> new Popularity.ZipfLaw(p.number("alpha"));
            case "geometric" -> new Popularity.Geometric(p.number("factor"));
            case "powerCdf" -> new Popularity.PowerCdf(p.number("alpha"));
            case "dirichlet" ->
                new Popularity.Dirichlet(p.number("concentration"), p.wholeNumber("seed"));
            case "dealt" ->
                new Popularity.Dealt(
                    Arrays.stream(p.numbers("weights"))
                        .boxed()
                        .collect(ImmutableList.toImmutableList()));
            default ->
                throw p.malformed(
                    "popularity is '"
                        + law
                        + "', known are uniform, zipf, geometric, powerCdf, dirichlet and dealt");
          };
      p.done();
      return popularity;
    } catch (IllegalArgumentException e) {
      throw p.malformed(String.valueOf(e.getMessage()));
    }
  }
}
