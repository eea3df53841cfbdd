"""Batches, so that erasing much never blocks anything for long."""

from collections.abc import Callable, Iterator

from integration.clocks import heartbeat

BATCH_SIZE = 200
MAX_PER_RUN = 20_000


def in_batches(erase_batch: Callable[[], int]) -> Iterator[int]:
    """Yield the size of each batch until there is nothing more, or the run is long enough."""
    for _ in range(MAX_PER_RUN // BATCH_SIZE):
        heartbeat.step()
        count = erase_batch()
        yield count
        if count < BATCH_SIZE:
            return
