package io.github.adaptertwin.workload.arrival;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.core.time.EventCalendar;
import java.util.List;

/**
 * The arrivals of independent clients together: the rate is the sum of theirs and the dispersion of
 * a window the mean of theirs, weighted by rates; both are exact. The gap CV is 1 if all are
 * Poisson; otherwise no closed form is known.
 *
 * @param clients laws of the clients, at least one; each draws from streams of its own
 */
public record SuperposedArrivals(List<ArrivalLaw> clients) implements ArrivalLaw {
  /** Takes an unmodifiable copy and checks that there is a client. */
  public SuperposedArrivals {
    clients = ImmutableList.copyOf(clients);
    if (clients.isEmpty()) {
      throw new IllegalArgumentException("there is no client; give at least one law");
    }
    ArrivalLaw.checkedRate(clients.stream().mapToDouble(ArrivalLaw::ratePerSecond).sum());
  }

  @Override
  public double ratePerSecond() {
    return clients.stream().mapToDouble(ArrivalLaw::ratePerSecond).sum();
  }

  @Override
  public double gapCv() {
    if (clients.size() == 1) {
      return clients.get(0).gapCv();
    }
    return clients.stream().allMatch(ArrivalLaw::isPoisson) ? 1 : Double.NaN;
  }

  @Override
  public double indexOfDispersion(double windowSeconds) {
    Windows.checked(windowSeconds);
    return clients.stream()
            .mapToDouble(c -> c.ratePerSecond() * c.indexOfDispersion(windowSeconds))
            .sum()
        / ratePerSecond();
  }

  @Override
  public double limitOfDispersion() {
    return clients.stream().mapToDouble(c -> c.ratePerSecond() * c.limitOfDispersion()).sum()
        / ratePerSecond();
  }

  /** {@inheritDoc} All clients change alike. */
  @Override
  public SuperposedArrivals withRate(double ratePerSecond) {
    double factor = ArrivalLaw.checkedRate(ratePerSecond) / ratePerSecond();
    return new SuperposedArrivals(
        clients.stream()
            .map(c -> c.withRate(c.ratePerSecond() * factor))
            .collect(ImmutableList.toImmutableList()));
  }

  @Override
  public ArrivalStream open(RandomStreams streams, String name, int replication) {
    int n = clients.size();
    ArrivalStream[] sources = new ArrivalStream[n];
    EventCalendar next = new EventCalendar(n);
    for (int i = 0; i < n; i++) {
      sources[i] = clients.get(i).open(streams, name + "/client-" + i, replication);
      long first = sources[i].nextPicos();
      if (first != ArrivalStream.NO_MORE) {
        next.post(first, i, i);
      }
    }
    return () -> {
      if (next.isEmpty()) {
        return ArrivalStream.NO_MORE;
      }
      long arrival = next.nextTimePicos();
      int client = (int) next.poll();
      long following = sources[client].nextPicos();
      if (following != ArrivalStream.NO_MORE) {
        next.post(following, client, client);
      }
      return arrival;
    };
  }
}
