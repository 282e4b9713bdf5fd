package io.github.adaptertwin.workload;

import com.google.common.collect.ImmutableList;
import com.google.gson.stream.JsonWriter;
import io.github.adaptertwin.workload.arrival.ArrivalLaw;
import io.github.adaptertwin.workload.arrival.BurstArrivals;
import io.github.adaptertwin.workload.arrival.CommonMmppArrivals;
import io.github.adaptertwin.workload.arrival.CountedArrivals;
import io.github.adaptertwin.workload.arrival.DiurnalArrivals;
import io.github.adaptertwin.workload.arrival.DriftingArrivals;
import io.github.adaptertwin.workload.arrival.ExponentialGaps;
import io.github.adaptertwin.workload.arrival.GammaGaps;
import io.github.adaptertwin.workload.arrival.GapLaw;
import io.github.adaptertwin.workload.arrival.LognormalGaps;
import io.github.adaptertwin.workload.arrival.MmppArrivals;
import io.github.adaptertwin.workload.arrival.PiecewiseArrivals;
import io.github.adaptertwin.workload.arrival.RenewalArrivals;
import io.github.adaptertwin.workload.arrival.SessionArrivals;
import io.github.adaptertwin.workload.arrival.SuperposedArrivals;
import io.github.adaptertwin.workload.arrival.SwitchingArrivals;
import io.github.adaptertwin.workload.arrival.UnpredictableArrivals;
import io.github.adaptertwin.workload.arrival.WeibullGaps;
import java.io.IOException;
import java.util.Locale;

/**
 * The JSON form of laws of arrival. A law that is written is read back equal, to the bit. Where a
 * rate may be left out it is 1, to be changed by whoever uses the law for a rate of its own.
 */
final class ArrivalLawJson {
  private static final String RATE = "ratePerSecond";

  private ArrivalLawJson() {}

  static ArrivalLaw read(JsonMembers m) {
    String law = m.text("law");
    try {
      ArrivalLaw read = law(law, m);
      m.done();
      return read;
    } catch (IllegalArgumentException e) {
      throw m.malformed(String.valueOf(e.getMessage()));
    }
  }

  private static ArrivalLaw law(String law, JsonMembers m) {
    return switch (law) {
      case "poisson" -> ArrivalLaw.poisson(m.numberOr(RATE, 1));
      case "gamma" -> ArrivalLaw.gamma(m.numberOr(RATE, 1), m.number("cv"));
      case "weibull" -> ArrivalLaw.weibull(m.numberOr(RATE, 1), m.number("shape"));
      case "lognormal" ->
          new RenewalArrivals(m.numberOr(RATE, 1), LognormalGaps.ofMean(1, m.number("sigma")));
      case "mmpp" -> mmpp(m);
      case "commonMmpp" -> new CommonMmppArrivals(mmpp(m));
      case "bursts" ->
          new BurstArrivals(
              m.number("sizeMu"),
              m.number("sizeSigma"),
              gaps(m.object("gaps")),
              gaps(m.object("silences")));
      case "diurnal" ->
          new DiurnalArrivals(
              m.numberOr(RATE, 1),
              m.number("amplitude"),
              m.numberOr("periodSeconds", 86_400),
              m.numberOr("shiftSeconds", 0));
      case "piecewise" -> piecewise(m);
      case "counted" -> new CountedArrivals(m.wholeNumber("count"), m.number("horizonSeconds"));
      case "unpredictable" -> new UnpredictableArrivals(m.numberOr(RATE, 1));
      case "switching" -> new SwitchingArrivals(m.numberOr(RATE, 1), m.number("sigma"));
      case "drifting" ->
          new DriftingArrivals(
              m.numberOr(RATE, 1),
              m.number("sigma"),
              m.number("correlation"),
              m.number("epochSeconds"));
      case "sessions" -> sessions(m);
      case "superposed" ->
          new SuperposedArrivals(
              m.objects("clients").stream()
                  .map(ArrivalLawJson::read)
                  .collect(ImmutableList.toImmutableList()));
      default ->
          throw m.malformed(
              "law of arrival is '"
                  + law
                  + "', known are poisson, gamma, weibull, lognormal, mmpp, bursts, diurnal,"
                  + " piecewise, counted, unpredictable, switching, drifting, sessions and"
                  + " superposed");
    };
  }

  private static PiecewiseArrivals piecewise(JsonMembers m) {
    ImmutableList.Builder<PiecewiseArrivals.Piece> pieces = ImmutableList.builder();
    for (JsonMembers piece : m.objects("pieces")) {
      pieces.add(new PiecewiseArrivals.Piece(piece.number("seconds"), piece.number(RATE)));
      piece.done();
    }
    return new PiecewiseArrivals(pieces.build());
  }

  private static SessionArrivals sessions(JsonMembers m) {
    double repeat = m.number("repeatProbability");
    GapLaw gaps = gaps(m.object("gaps"));
    double back = m.numberOr("returnProbability", 0);
    GapLaw returnGaps = back > 0 ? gaps(m.object("returnGaps")) : gaps;
    if (m.has("begins")) {
      return new SessionArrivals(read(m.object("begins")), repeat, gaps, back, returnGaps);
    }
    return SessionArrivals.of(m.numberOr(RATE, 1), repeat, gaps, back, returnGaps);
  }

  private static GapLaw gaps(JsonMembers m) {
    String law = m.text("law");
    GapLaw gaps =
        switch (law) {
          case "exponential" -> new ExponentialGaps(m.number("meanSeconds"));
          case "gamma" -> new GammaGaps(m.number("meanSeconds"), m.number("cv"));
          case "weibull" ->
              m.has("scaleSeconds")
                  ? new WeibullGaps(m.number("scaleSeconds"), m.number("shape"))
                  : WeibullGaps.ofMean(m.number("meanSeconds"), m.number("shape"));
          case "lognormal" ->
              m.has("mu")
                  ? new LognormalGaps(m.number("mu"), m.number("sigma"))
                  : LognormalGaps.ofMedian(m.number("medianSeconds"), m.number("sigma"));
          default ->
              throw m.malformed(
                  "law of gaps is '"
                      + law
                      + "', known are exponential, gamma, weibull and lognormal");
        };
    m.done();
    return gaps;
  }

  private static MmppArrivals mmpp(JsonMembers m) {
    return new MmppArrivals(
        m.number("firstRatePerSecond"),
        m.number("secondRatePerSecond"),
        m.number("firstDwellSeconds"),
        m.number("secondDwellSeconds"));
  }

  private static void mmpp(MmppArrivals law, JsonWriter json) throws IOException {
    json.name("firstRatePerSecond").value(law.firstRatePerSecond());
    json.name("secondRatePerSecond").value(law.secondRatePerSecond());
    json.name("firstDwellSeconds").value(law.firstDwellSeconds());
    json.name("secondDwellSeconds").value(law.secondDwellSeconds());
  }

  static void write(ArrivalLaw law, JsonWriter json) throws IOException {
    json.beginObject();
    json.name("law").value(nameOf(law));
    if (law instanceof RenewalArrivals l) {
      json.name(RATE).value(l.ratePerSecond());
      if (l.gaps() instanceof GammaGaps g) {
        json.name("cv").value(g.cv());
      } else if (l.gaps() instanceof WeibullGaps g) {
        json.name("shape").value(g.shape());
      } else if (l.gaps() instanceof LognormalGaps g) {
        json.name("sigma").value(g.sigma());
      }
    } else if (law instanceof MmppArrivals l) {
      mmpp(l, json);
    } else if (law instanceof CommonMmppArrivals l) {
      mmpp(l.one(), json);
    } else if (law instanceof BurstArrivals l) {
      json.name("sizeMu").value(l.sizeMu());
      json.name("sizeSigma").value(l.sizeSigma());
      gaps("gaps", l.gaps(), json);
      gaps("silences", l.silences(), json);
    } else if (law instanceof DiurnalArrivals l) {
      json.name(RATE).value(l.ratePerSecond());
      json.name("amplitude").value(l.amplitude());
      json.name("periodSeconds").value(l.periodSeconds());
      json.name("shiftSeconds").value(l.shiftSeconds());
    } else if (law instanceof PiecewiseArrivals l) {
      json.name("pieces").beginArray();
      for (PiecewiseArrivals.Piece piece : l.pieces()) {
        json.beginObject();
        json.name("seconds").value(piece.seconds());
        json.name(RATE).value(piece.ratePerSecond());
        json.endObject();
      }
      json.endArray();
    } else {
      writeMore(law, json);
    }
    json.endObject();
  }

  private static void writeMore(ArrivalLaw law, JsonWriter json) throws IOException {
    if (law instanceof CountedArrivals l) {
      json.name("count").value(l.count());
      json.name("horizonSeconds").value(l.horizonSeconds());
    } else if (law instanceof UnpredictableArrivals l) {
      json.name(RATE).value(l.ratePerSecond());
    } else if (law instanceof SwitchingArrivals l) {
      json.name(RATE).value(l.ratePerSecond());
      json.name("sigma").value(l.sigma());
    } else if (law instanceof DriftingArrivals l) {
      json.name(RATE).value(l.ratePerSecond());
      json.name("sigma").value(l.sigma());
      json.name("correlation").value(l.correlation());
      json.name("epochSeconds").value(l.epochSeconds());
    } else if (law instanceof SessionArrivals l) {
      json.name("begins");
      write(l.begins(), json);
      json.name("repeatProbability").value(l.repeatProbability());
      gaps("gaps", l.gaps(), json);
      if (l.returnProbability() > 0) {
        json.name("returnProbability").value(l.returnProbability());
        gaps("returnGaps", l.returnGaps(), json);
      }
    } else if (law instanceof SuperposedArrivals l) {
      json.name("clients").beginArray();
      for (ArrivalLaw client : l.clients()) {
        write(client, json);
      }
      json.endArray();
    }
  }

  private static String nameOf(ArrivalLaw law) {
    if (law instanceof RenewalArrivals l) {
      if (l.gaps() instanceof GammaGaps) {
        return "gamma";
      }
      if (l.gaps() instanceof WeibullGaps) {
        return "weibull";
      }
      return l.gaps() instanceof LognormalGaps ? "lognormal" : "poisson";
    }
    if (law instanceof MmppArrivals) {
      return "mmpp";
    }
    // BurstArrivals are "bursts", SessionArrivals "sessions"; the others go by their class.
    String name = law.getClass().getSimpleName().replace("Arrivals", "");
    return switch (name) {
      case "Burst" -> "bursts";
      case "Session" -> "sessions";
      default -> name.substring(0, 1).toLowerCase(Locale.ROOT) + name.substring(1);
    };
  }

  private static void gaps(String name, GapLaw law, JsonWriter json) throws IOException {
    json.name(name).beginObject();
    if (law instanceof ExponentialGaps g) {
      json.name("law").value("exponential");
      json.name("meanSeconds").value(g.meanSeconds());
    } else if (law instanceof GammaGaps g) {
      json.name("law").value("gamma");
      json.name("meanSeconds").value(g.meanSeconds());
      json.name("cv").value(g.cv());
    } else if (law instanceof WeibullGaps g) {
      json.name("law").value("weibull");
      json.name("scaleSeconds").value(g.scaleSeconds());
      json.name("shape").value(g.shape());
    } else if (law instanceof LognormalGaps g) {
      json.name("law").value("lognormal");
      json.name("mu").value(g.mu());
      json.name("sigma").value(g.sigma());
    }
    json.endObject();
  }
}
