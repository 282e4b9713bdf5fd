package io.github.adaptertwin.workload.trace;

import io.github.adaptertwin.core.input.JsonInput;
import io.github.adaptertwin.core.input.MalformedInputException;
import io.github.adaptertwin.core.time.SimulatedTime;
import it.unimi.dsi.fastutil.longs.LongArrayList;
import java.io.IOException;
import java.io.StringReader;
import java.math.BigDecimal;
import java.math.RoundingMode;

/** Requests of the formats with a JSON object a line. */
final class JsonRows extends RowCursor {
  private static final double LARGEST_EXACT = 0x1.0p53;

  private final boolean mooncake;
  private int blockTokens;
  private int firstBlock;
  private long[] hashes = {};

  JsonRows(TraceFormat format, TraceLines lines, BadLines badLines) {
    super(lines, badLines);
    mooncake = format == TraceFormat.MOONCAKE;
    blockTokens = mooncake ? TraceFormat.MOONCAKE_BLOCK_TOKENS : 0;
  }

  @Override
  boolean row() throws IOException {
    try (JsonInput json = JsonInput.of(lines.source(), new StringReader(lines.text()))) {
      row(json);
      return true;
    } catch (MalformedInputException e) {
      throw placed(e);
    }
  }

  /** The parser sees one line alone and takes it for the first. */
  private MalformedInputException placed(MalformedInputException e) {
    return lines.malformed(e.location().column(), e.problem());
  }

  private void row(JsonInput json) {
    long time = -1;
    int in = 0;
    int out = 0;
    String who = "";
    int block = mooncake ? TraceFormat.MOONCAKE_BLOCK_TOKENS : 0;
    LongArrayList blocks = new LongArrayList();
    json.beginObject();
    while (json.hasNext()) {
      String name = json.name();
      if (name.equals(mooncake ? "timestamp" : "arrival_s")) {
        time = picos(json, mooncake ? 9 : 12);
      } else if (name.equals(mooncake ? "input_length" : "input_tokens")) {
        in = json.integer(1, Decimals.MOST_TOKENS);
      } else if (name.equals(mooncake ? "output_length" : "output_tokens")) {
        out = json.integer(1, Decimals.MOST_TOKENS);
      } else if (name.equals(mooncake ? "hash_ids" : "hashes")) {
        hashes(json, blocks);
      } else if (!mooncake && name.equals("adapter")) {
        who = json.consumeNull() ? "" : json.string();
      } else if (!mooncake && name.equals("block_tokens")) {
        block = json.integer(1, Decimals.MOST_TOKENS);
      } else {
        json.skip();
      }
    }
    json.endObject();
    json.endDocument();
    if (time < 0 || in == 0 || out == 0) {
      throw json.malformed(
          mooncake
              ? "the line needs timestamp, input_length and output_length"
              : "the line needs arrival_s, input_tokens and output_tokens");
    }
    if (isBeforeLast(time)) {
      throw json.malformed("its time is before the one of the line above; sort the trace by time");
    }
    if (!blocks.isEmpty() && block == 0) {
      throw json.malformed("hashes need block_tokens, the tokens that each stands for");
    }
    if (block > 0 && firstBlock > 0 && block != firstBlock) {
      throw json.malformed(
          "block_tokens are "
              + block
              + ", further up "
              + firstBlock
              + "; hashes of one trace stand for equally many tokens");
    }
    firstBlock = block > 0 ? block : firstBlock;
    take(time, in, out, who);
    blockTokens = block;
    hashes = blocks.toLongArray();
  }

  private static long picos(JsonInput json, int digits) {
    double value = json.number();
    if (!(value >= 0 && value <= SimulatedTime.MAX_SECONDS * (digits == 12 ? 1 : 1000))) {
      throw json.malformed("time is " + value + ", must be in [0, 106 days]");
    }
    // The shortest decimal of the double is what was written, so that nothing is lost in binary.
    return BigDecimal.valueOf(value)
        .movePointRight(digits)
        .setScale(0, RoundingMode.HALF_UP)
        .longValueExact();
  }

  private static void hashes(JsonInput json, LongArrayList into) {
    json.beginArray();
    while (json.hasNext()) {
      double value = json.number();
      if (value != Math.rint(value) || Math.abs(value) > LARGEST_EXACT) {
        throw json.malformed("hash is " + value + ", must be a whole number within 2^53");
      }
      into.add((long) value);
    }
    json.endArray();
  }

  @Override
  public int hashBlockTokens() {
    return blockTokens;
  }

  @Override
  public long[] prefixHashes() {
    return hashes.clone();
  }
}
