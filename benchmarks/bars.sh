#!/bin/sh
# Measures everything that the documentation states, in one go: about twenty minutes on two quiet cores.
#
#   ./mvnw -q -DskipTests package && sh benchmarks/bars.sh OUT [SHARED]
#
# OUT is a folder for the logs; what is there already is not measured again. SHARED holds
# measurements/serving-runs.csv, scenarios/placement-*.jsonl|csv and traces; without it the studies of
# published runs and recordings are left out. OUT/bars.md says what was run, when, of which commit.
set -eu
OUT=${1:?"name a folder for the logs"}
SHARED=${2:-}
HERE=$(cd "$(dirname "$0")/.." && pwd)
JAR="$HERE/benchmarks/target/benchmarks.jar"
P=io.github.adaptertwin.benchmarks
[ -f "$JAR" ] || { echo "there is no $JAR; package first" >&2; exit 2; }
mkdir -p "$OUT"

# measure NAME COMMAND...: keeps the output whole or not at all.
measure() {
  name=$1
  shift
  [ -f "$OUT/$name.log" ] && return
  echo "$name ..."
  start=$(date +%s)
  "$@" > "$OUT/$name.part" 2>&1 || { echo "$name failed, see $OUT/$name.part" >&2; exit 1; }
  mv "$OUT/$name.part" "$OUT/$name.log"
  printf '| %s | `%s` | %s s | %s | %s |\n' "$name" "$*" $(($(date +%s) - start)) \
    "$(date -u +%Y-%m-%dT%H:%MZ)" "$(git -C "$HERE" rev-parse --short HEAD)" >> "$OUT/commands.txt"
}

measure jmh java -jar "$JAR" -f 1 -wi 3 -i 5 -w 1 -r 1 -prof gc -rf csv -rff "$OUT/jmh.csv" \
  -jvmArgsAppend "-Dtwin.traces=$SHARED/traces"
if [ -n "$SHARED" ]; then
  measure fidelity java -cp "$JAR" $P.FidelityStudy --runs "$SHARED/measurements/serving-runs.csv"
  measure surrogate java -cp "$JAR" $P.SurrogateStudy --runs-csv "$SHARED/measurements/serving-runs.csv"
  measure placement java -cp "$JAR" $P.PlacementStudy --scenarios "$SHARED/scenarios/placement-scenarios.jsonl" \
    --outcomes "$SHARED/scenarios/placement-outcomes.csv" --algorithms adaptertwin --threads 2 --csv "$OUT/placement.csv"
fi

{
  echo "# Measured"
  echo
  echo "| what | command | time | ended | commit |"
  echo "|---|---|---|---|---|"
  cat "$OUT/commands.txt"
  echo
  echo "| benchmark | threads | parameters | score | unit |"
  echo "|---|---|---|---|---|"
  awk -F, '{ gsub(/"/, "") }
    NR == 1 { columns = NF; next }
    $1 !~ /gc\.(count|time|alloc\.rate)$/ {
      sub(/.*benchmarks\./, "", $1)
      parameters = ""
      for (i = 8; i <= columns; i++) { if ($i != "") { parameters = parameters " " $i } }
      printf "| %s | %s |%s | %.4g +- %.2g | %s |\n", $1, $3, parameters, $5, $6, $7
    }' "$OUT/jmh.csv"
  for study in fidelity surrogate placement; do
    [ -f "$OUT/$study.log" ] || continue
    echo
    echo "## $study"
    echo
    echo '```'
    tail -n 40 "$OUT/$study.log"
    echo '```'
  done
} > "$OUT/bars.md"
echo "wrote $OUT/bars.md"
