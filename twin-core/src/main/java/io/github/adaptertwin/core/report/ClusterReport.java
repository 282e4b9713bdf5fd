package io.github.adaptertwin.core.report;

import com.google.common.collect.ImmutableList;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What one run of a cluster came to.
 *
 * @param replicas the report of each replica, in the order of the cluster
 */
public record ClusterReport(List<ReplicaReport> replicas) {
  /** Takes an unmodifiable copy of the list. */
  public ClusterReport {
    replicas = ImmutableList.copyOf(replicas);
  }

  /** {@return input and output tokens of completed requests per second, all replicas together} */
  public double throughputTokensPerSecond() {
    return replicas.stream().mapToDouble(ReplicaReport::throughputTokensPerSecond).sum();
  }

  /** {@return completed over offered tokens, 1 if nothing was offered} */
  public double completedShare() {
    long offered = replicas.stream().mapToLong(r -> r.tokens().offered()).sum();
    long completed = replicas.stream().mapToLong(r -> r.tokens().completed()).sum();
    return offered == 0 ? 1 : completed / (double) offered;
  }

  /**
   * Judges every replica: no sum hides one that starves.
   *
   * @param rule the rule
   * @return the verdicts in the order of the replicas; unmodifiable
   */
  public List<Verdict> judge(FeasibilityRule rule) {
    return replicas.stream().map(rule::judge).collect(ImmutableList.toImmutableList());
  }

  /** {@return SHA-256 over the digests of the replicas, in hexadecimal} */
  public String digest() {
    Hasher hasher = Hashing.sha256().newHasher();
    for (ReplicaReport replica : replicas) {
      hasher.putString(replica.digest(), StandardCharsets.UTF_8);
    }
    return hasher.hash().toString();
  }
}
