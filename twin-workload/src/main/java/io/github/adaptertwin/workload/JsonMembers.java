package io.github.adaptertwin.workload;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.input.JsonInput;
import io.github.adaptertwin.core.input.MalformedInputException;
import io.github.adaptertwin.core.input.SourceLocation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The members of a JSON object by name, with the place of each: which of them are wanted depends on
 * one of them, and that may come last. Members that nobody has asked for are an error. Not
 * thread-safe.
 */
final class JsonMembers {
  /** A value and where it ends: a Double, a String, JsonMembers, or a List of such values. */
  private record Value(Object content, SourceLocation at) {}

  private final String path;
  private final SourceLocation end;
  private final Map<String, Value> values;
  private final Set<String> asked = new LinkedHashSet<>();

  private JsonMembers(String path, SourceLocation end, Map<String, Value> values) {
    this.path = path;
    this.end = end;
    this.values = values;
  }

  static JsonMembers read(JsonInput json) {
    Map<String, Value> values = new LinkedHashMap<>();
    json.beginObject();
    while (json.hasNext()) {
      String name = json.name();
      if (values.containsKey(name)) {
        throw json.malformed("the member is given twice; leave one out");
      }
      values.put(name, value(json));
    }
    json.endObject();
    return new JsonMembers(json.path(), json.location(), values);
  }

  private static Value value(JsonInput json) {
    Object content;
    if (json.isObject()) {
      content = read(json);
    } else if (json.isArray()) {
      List<Value> list = new ArrayList<>();
      json.beginArray();
      while (json.hasNext()) {
        list.add(value(json));
      }
      json.endArray();
      content = list;
    } else if (json.isNumber()) {
      content = json.number();
    } else {
      content = json.string();
    }
    return new Value(content, json.location());
  }

  /** {@return whether there is such a member, which is known from now on} */
  boolean has(String name) {
    asked.add(name);
    return values.containsKey(name);
  }

  private @Nullable Value find(String name) {
    asked.add(name);
    return values.get(name);
  }

  private Value require(String name) {
    Value value = find(name);
    if (value == null) {
      throw malformed("member '" + name + "' is missing");
    }
    return value;
  }

  double number(String name) {
    Value value = require(name);
    if (!(value.content() instanceof Double number)) {
      throw malformed(value.at(), name, "expected a number");
    }
    return number;
  }

  double numberOr(String name, double otherwise) {
    return has(name) ? number(name) : otherwise;
  }

  int integer(String name, int least, int most) {
    double number = number(name);
    if (!(number == Math.rint(number) && number >= least && number <= most)) {
      throw malformed(
          require(name).at(),
          name,
          "is " + number + ", must be a whole number in [" + least + ", " + most + "]");
    }
    return (int) number;
  }

  long wholeNumber(String name) {
    double number = number(name);
    if (!(number == Math.rint(number) && Math.abs(number) <= 0x1.0p53)) {
      throw malformed(
          require(name).at(), name, "is " + number + ", must be a whole number within 2^53");
    }
    return (long) number;
  }

  String text(String name) {
    Value value = require(name);
    if (!(value.content() instanceof String text)) {
      throw malformed(value.at(), name, "expected a string");
    }
    return text;
  }

  JsonMembers object(String name) {
    return asObject(require(name), name);
  }

  private JsonMembers asObject(Value value, String name) {
    if (!(value.content() instanceof JsonMembers members)) {
      throw malformed(value.at(), name, "expected an object");
    }
    return members;
  }

  private List<?> list(String name) {
    Value value = require(name);
    if (!(value.content() instanceof List<?> list)) {
      throw malformed(value.at(), name, "expected an array");
    }
    return list;
  }

  List<JsonMembers> objects(String name) {
    ImmutableList.Builder<JsonMembers> objects = ImmutableList.builder();
    for (Object element : list(name)) {
      objects.add(asObject((Value) element, name));
    }
    return objects.build();
  }

  double[] numbers(String name) {
    List<?> list = list(name);
    double[] numbers = new double[list.size()];
    for (int i = 0; i < numbers.length; i++) {
      Value value = (Value) list.get(i);
      if (!(value.content() instanceof Double number)) {
        throw malformed(value.at(), name, "must hold numbers only");
      }
      numbers[i] = number;
    }
    return numbers;
  }

  int[] integers(String name, int least, int most) {
    double[] numbers = numbers(name);
    int[] integers = new int[numbers.length];
    for (int i = 0; i < integers.length; i++) {
      if (!(numbers[i] == Math.rint(numbers[i]) && numbers[i] >= least && numbers[i] <= most)) {
        throw malformed(
            require(name).at(),
            name,
            "holds " + numbers[i] + ", must hold whole numbers in [" + least + ", " + most + "]");
      }
      integers[i] = (int) numbers[i];
    }
    return integers;
  }

  /** Checks that every member has been asked for. */
  void done() {
    for (Map.Entry<String, Value> entry : values.entrySet()) {
      if (!asked.contains(entry.getKey())) {
        throw new MalformedInputException(
            entry.getValue().at(),
            path
                + ": unknown member '"
                + entry.getKey()
                + "'; known here are "
                + String.join(", ", asked));
      }
    }
  }

  MalformedInputException malformed(String problem) {
    return new MalformedInputException(end, path + ": " + problem);
  }

  private MalformedInputException malformed(SourceLocation at, String name, String problem) {
    return new MalformedInputException(at, path + "." + name + ": " + problem);
  }
}
