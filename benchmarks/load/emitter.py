"""A separate process that emits events at a steady rate, one per transaction.

`python -m benchmarks.load.emitter ours|peer RATE SECONDS LABEL [ENDPOINT…]` prints
{location_id: time of the commit, as of time.time}. With endpoints, the events go to
them in turn.
"""

import json
import sys
import time
from collections.abc import Callable

import django
from django.db import transaction

Emit = Callable[[str, str], None]  # The event's location_id and endpoint.


def main(way: str, rate: float, seconds: float, label: str, endpoints: list[str]) -> None:
    emit = {"ours": _our_emit, "peer": _peer_emit}[way]()
    committed: dict[str, float] = {}
    emit_at = time.monotonic()
    for number in range(int(rate * seconds)):
        time.sleep(max(emit_at - time.monotonic(), 0))
        emit_at += 1 / rate
        endpoint = endpoints[number % len(endpoints)] if endpoints else "stream"
        name = f"{label}-{endpoint}-{number}"
        with transaction.atomic():
            # Runs first after the commit, before any wake-up.
            transaction.on_commit(lambda name=name: committed.update({name: time.time()}))  # type: ignore[misc]  # A lambda's default.
            emit(name, endpoint)
    time.sleep(1)  # Another thread is still sending the last wake-up.
    print(json.dumps(committed))


def _our_emit() -> Emit:
    from benchmarks.data import events
    from integration.webhooks import outbox

    merchant_id = events.merchant().pk

    def emit(name: str, endpoint: str) -> None:
        outbox.emit(
            merchant_id=merchant_id,
            location_id=name,
            event_type=events.EVENT_TYPE,
            ordering_key=name,
            endpoint=endpoint,
        )

    return emit


def _peer_emit() -> Emit:
    from benchmarks.data import events
    from benchmarks.peers import task_per_event

    def emit(name: str, endpoint: str) -> None:
        key = events.make_one(name)
        transaction.on_commit(lambda: task_per_event.deliver.delay(key))

    return emit


if __name__ == "__main__":
    from integration.bounded.parent_death import die_with_parent

    die_with_parent()
    django.setup()
    main(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]), sys.argv[4], sys.argv[5:])
