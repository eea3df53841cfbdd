"""The result of a run, counted from committed events, arrivals and the rows in the database."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.faults.receivers.receiver import Receiver, Request

from .writer import ROLLED_BACK


@dataclass
class Outcome:
    """The outcome of one run. `ended` counts events given up as expected, with an alarm."""

    fault: str
    stand: str
    sent: int = 0  # Events whose transaction was committed.
    received: int = 0  # Of these, accepted by the receiver with a 2xx.
    ended: int = 0
    lost: int = 0
    out_of_order: int = 0
    duplicates: int = 0
    allowed: int = 0  # Duplicates due to a crash between sending and recording.
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # Further counts, in words.

    @property
    def passed(self) -> bool:
        errors = self.lost + self.out_of_order + max(0, self.duplicates - self.allowed)
        return not errors and not self.problems and self.sent > 0

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"passed": self.passed}


@dataclass
class Expected:
    """The effects a fault is expected to have."""

    ending: str = ""  # OutboundEvent.Ending of events that must end undelivered.
    alarm: str = ""  # Alarm.Kind that must be open.
    # Allowed repeats per event id, for events in flight when a worker was killed.
    sent_again: Counter[str] = field(default_factory=Counter)


def count(
    outcome: Outcome,
    committed: Mapping[str, tuple[str, int]],
    receiver: Receiver,
    expected: Expected,
) -> None:
    """Fill in the outcome and describe every inconsistency as a problem."""
    rows = _rows()
    marker_of = {row["public_id"]: marker for marker, row in rows.items()}
    accepted_ids = dict.fromkeys(request.event_id for request in receiver.accepted)
    arrived = {marker_of.get(event_id, "unknown") for event_id in accepted_ids}
    ended = {
        marker for marker in committed if expected.ending and _ended(rows, marker, expected.ending)
    }
    times = Counter(request.event_id for request in receiver.accepted)
    unexpected = {
        event_id for event_id, n in times.items() if n - 1 > expected.sent_again[event_id]
    }
    outcome.sent = len(committed)
    outcome.received = len(arrived & set(committed))
    outcome.ended = len(ended - arrived)
    outcome.lost = len(set(committed) - arrived - ended)
    outcome.out_of_order = _out_of_order(_by_first_arrival(receiver.accepted))
    outcome.duplicates = sum(number - 1 for number in times.values())
    outcome.allowed = expected.sent_again.total()
    outcome.problems += _problems(rows, set(committed), arrived, ended, receiver.requests)
    outcome.problems += _repeat_problems(unexpected, marker_of)
    outcome.problems += _alarm_problems(expected)


def accepted_but_unrecorded(receiver: Receiver) -> dict[str, int]:
    """Return the number of arrivals of each event not recorded as delivered, by event id."""
    from integration.models import OutboundEvent

    waiting = OutboundEvent.objects.filter(state=OutboundEvent.State.WAITING)
    ids = {str(public_id) for public_id in waiting.values_list("public_id", flat=True)}
    times = Counter(request.event_id for request in receiver.accepted)
    return {event_id: number for event_id, number in times.items() if event_id in ids}


def _rows() -> dict[str, dict[str, Any]]:
    from integration.models import OutboundEvent

    fields = ("public_id", "location_id", "state", "ending", "claim", "leased_until")
    return {
        row["location_id"]: row | {"public_id": str(row["public_id"])}
        for row in OutboundEvent.objects.values(*fields)
    }


def _ended(rows: Mapping[str, dict[str, Any]], marker: str, ending: str) -> bool:
    row = rows.get(marker)
    return row is not None and (row["state"], row["ending"]) == ("failed", ending)


def _by_first_arrival(requests: Iterable[Request]) -> dict[str, list[int]]:
    seen: set[str] = set()
    order: dict[str, list[int]] = defaultdict(list)
    for request in requests:
        if request.event_id not in seen:
            seen.add(request.event_id)
            order[request.key].append(request.sequence)
    return order


def _out_of_order(order: Mapping[str, list[int]]) -> int:
    """Count the events that arrived after a later one of their key."""
    return sum(
        1
        for numbers in order.values()
        for index, number in enumerate(numbers)
        if any(earlier > number for earlier in numbers[:index])
    )


def _problems(
    rows: Mapping[str, dict[str, Any]],
    committed: set[str],
    arrived: set[str],
    ended: set[str],
    requests: list[Request],
) -> list[str]:
    delivered = {marker for marker, row in rows.items() if row["state"] == "delivered"}
    still_claimed = {
        marker for marker, row in rows.items() if row["claim"] and row["state"] != "waiting"
    }
    findings = {
        "committed, but without a row": committed - set(rows),
        "with a row, but not committed": set(rows) - committed,
        "recorded as delivered, but did not arrive": delivered - arrived,
        "arrived, but not recorded as delivered": arrived - delivered,
        "finished, but still claimed": still_claimed,
        "arrived, but recorded otherwise": arrived & ended,
        "sent although its transaction was rolled back": {
            r.key for r in requests if r.key == ROLLED_BACK
        },
        "without a valid signature": {r.event_id for r in requests if not r.is_signed},
    }
    problems = [
        f"{len(names)} {finding}: {_first_names(names)}"
        for finding, names in findings.items()
        if names
    ]
    # All requests, not only accepted ones: a later event must not even be attempted first.
    misordered = _out_of_order(_by_first_arrival(requests))
    return problems + ([f"{misordered} attempted out of order"] if misordered else [])


def _repeat_problems(unexpected: set[str], marker_of: Mapping[str, str]) -> list[str]:
    if not unexpected:
        return []
    names = {marker_of.get(event_id, event_id) for event_id in unexpected}
    return [
        f"{len(names)} sent twice without a crash between sending and recording: "
        f"{_first_names(names)}"
    ]


def _alarm_problems(expected: Expected) -> list[str]:
    from integration.models import Alarm

    kinds = set(Alarm.objects.filter(resolved_at=None).values_list("kind", flat=True))
    required = {expected.alarm} if expected.alarm else set()
    if kinds == required:
        return []
    return [f"open alarms are {sorted(kinds)} instead of {sorted(required)}"]


def _first_names(names: set[str]) -> str:
    return ", ".join(sorted(names)[:5])
