package io.github.adaptertwin.gpu.spec;

import io.github.adaptertwin.core.input.JsonInput;
import io.github.adaptertwin.core.input.MalformedInputException;
import io.github.adaptertwin.core.input.SourceLocation;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The members of one JSON object of a catalogue file, with the place where each was read. */
final class CatalogueEntry {
  private static final double MOST_WHOLE = 1L << 53;

  private record Member(Object value, SourceLocation place) {}

  private final Map<String, Member> members = new LinkedHashMap<>();
  private final SourceLocation place;

  private CatalogueEntry(SourceLocation place) {
    this.place = place;
  }

  /** Reads an object whose members must be among the known ones, each at most once. */
  static CatalogueEntry read(JsonInput json, List<String> known) {
    json.beginObject();
    CatalogueEntry entry = new CatalogueEntry(json.location());
    while (json.hasNext()) {
      String name = json.name();
      if (!known.contains(name)) {
        throw json.malformed("unknown member, known are " + String.join(", ", known));
      }
      Object value = value(json);
      if (entry.members.put(name, new Member(value, json.location())) != null) {
        throw json.malformed("is given twice");
      }
    }
    json.endObject();
    return entry;
  }

  private static Object value(JsonInput json) {
    if (json.isNumber()) {
      return json.number();
    }
    return json.isBool() ? (Object) json.bool() : json.string();
  }

  /** Makes something of the members; what it refuses is told with the place of the object. */
  <T> T build(Supplier<T> make) {
    try {
      return make.get();
    } catch (IllegalArgumentException e) {
      throw new MalformedInputException(place, String.valueOf(e.getMessage()), e);
    }
  }

  private Member member(String name) {
    Member member = members.get(name);
    if (member == null) {
      throw new MalformedInputException(place, (named() + name + " is missing; add it").strip());
    }
    return member;
  }

  private String named() {
    Member name = members.get("name");
    return name == null ? "" : "'" + name.value() + "': ";
  }

  private MalformedInputException malformed(String name, Member member, String problem) {
    return new MalformedInputException(
        member.place(), named() + name + " is " + member.value() + ", " + problem);
  }

  private double number(String name) {
    Member member = member(name);
    if (member.value() instanceof Double value) {
      return value;
    }
    throw malformed(name, member, "must be a number");
  }

  String text(String name) {
    Member member = member(name);
    if (member.value() instanceof String value && !value.isBlank()) {
      return value;
    }
    throw malformed(name, member, "must be a text that is not blank");
  }

  String optionalText(String name, String otherwise) {
    return members.containsKey(name) ? text(name) : otherwise;
  }

  /** A boolean; {@code false} if it is missing. */
  boolean flag(String name) {
    @Nullable Member member = members.get(name);
    if (member == null) {
      return false;
    }
    if (member.value() instanceof Boolean value) {
      return value;
    }
    throw malformed(name, member, "must be true or false");
  }

  long whole(String name) {
    double value = number(name);
    if (!(value >= 1 && value <= MOST_WHOLE) || value != Math.rint(value)) {
      throw malformed(name, member(name), "must be a whole number of at least 1");
    }
    return (long) value;
  }

  int integer(String name) {
    long value = whole(name);
    if (value > Integer.MAX_VALUE) {
      throw malformed(name, member(name), "must be at most " + Integer.MAX_VALUE);
    }
    return (int) value;
  }

  int optionalInteger(String name, int otherwise) {
    return members.containsKey(name) ? integer(name) : otherwise;
  }

  /** A figure that is outside of what there is physically if it is in another unit. */
  double within(String name, double least, double most, String ifLow, String ifHigh) {
    double value = number(name);
    if (!(value >= least && value <= most)) {
      throw malformed(
          name,
          member(name),
          String.format(
              Locale.ROOT,
              "must be in [%.0f, %.0f]; is it %s?",
              least,
              most,
              value < least ? ifLow : ifHigh));
    }
    return value;
  }

  /** The same; 0 if it is missing. */
  double optionalWithin(String name, double least, double most, String ifLow, String ifHigh) {
    return members.containsKey(name) ? within(name, least, most, ifLow, ifHigh) : 0;
  }

  /** A constant by its name in whatever case, with or without underscores. */
  <E extends Enum<E>> E constant(String name, E otherwise) {
    @Nullable Member member = members.get(name);
    if (member == null) {
      return otherwise;
    }
    E[] all = otherwise.getDeclaringClass().getEnumConstants();
    StringBuilder known = new StringBuilder();
    for (E one : all) {
      if (one.name().replace("_", "").equalsIgnoreCase(String.valueOf(member.value()))) {
        return one;
      }
      known.append(known.isEmpty() ? "" : ", ");
      known.append(one.name().replace("_", "").toLowerCase(Locale.ROOT));
    }
    throw malformed(name, member, "must be one of " + known);
  }
}
