"""What a run comes to: counted from what was committed, what arrived, and what the rows say."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.faults.receivers.receiver import Receiver, Request

from .writer import NEVER


@dataclass
class Outcome:
    """One run. `ended` are events that were given up as they must be, with an alarm."""

    fault: str
    stand: str
    sent: int = 0  # Events whose transaction was committed.
    received: int = 0  # Of these, how many the receiver took with a 2xx.
    ended: int = 0
    lost: int = 0
    out_of_order: int = 0
    duplicates: int = 0
    allowed: int = 0  # Duplicates that fell between sending and recording.
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # What else was counted, in words.

    @property
    def is_good(self) -> bool:
        wrong = self.lost + self.out_of_order + max(0, self.duplicates - self.allowed)
        return not wrong and not self.problems and self.sent > 0

    def plain(self) -> dict[str, Any]:
        return asdict(self) | {"passed": self.is_good}


@dataclass
class Expected:
    """What a fault says about its run before it is counted."""

    ending: str = ""  # OutboundEvent.Ending of those that must end without arriving.
    alarm: str = ""  # Alarm.Kind that must be open then.
    # How often each id may have come again: it was in flight when a worker was killed.
    sent_again: Counter[str] = field(default_factory=Counter)


def count(
    outcome: Outcome,
    committed: Mapping[str, tuple[str, int]],
    receiver: Receiver,
    expected: Expected,
) -> None:
    """Fills in the outcome; what disagrees is a problem in words."""
    rows = _rows()
    marker_of = {row["public_id"]: marker for marker, row in rows.items()}
    first = list({request.event_id: request for request in receiver.accepted[::-1]}.values())[::-1]
    arrived = {marker_of.get(request.event_id, "unknown") for request in first}
    ended = {
        marker for marker in committed if expected.ending and _ended(rows, marker, expected.ending)
    }
    times = Counter(request.event_id for request in receiver.accepted)
    again = {event_id for event_id, n in times.items() if n - 1 > expected.sent_again[event_id]}
    outcome.sent = len(committed)
    outcome.received = len(arrived & set(committed))
    outcome.ended = len(ended - arrived)
    outcome.lost = len(set(committed) - arrived - ended)
    outcome.out_of_order = _out_of_order(_by_first_arrival(receiver.accepted))
    outcome.duplicates = sum(number - 1 for number in times.values())
    outcome.allowed = expected.sent_again.total()
    outcome.problems += _problems(rows, set(committed), arrived, ended, receiver.requests)
    outcome.problems += _unexpected(again, marker_of)
    outcome.problems += _alarm_problems(expected)


def accepted_but_waiting(receiver: Receiver) -> dict[str, int]:
    """How often events have arrived of which nobody has written that they did, by their ids."""
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
    """Events that arrived after a later one of their key."""
    return sum(
        1
        for numbers in order.values()
        for place, number in enumerate(numbers)
        if any(before > number for before in numbers[:place])
    )


def _problems(
    rows: Mapping[str, dict[str, Any]],
    committed: set[str],
    arrived: set[str],
    ended: set[str],
    requests: list[Request],
) -> list[str]:
    delivered = {marker for marker, row in rows.items() if row["state"] == "delivered"}
    still_held = {
        marker for marker, row in rows.items() if row["claim"] and row["state"] != "waiting"
    }
    found = {
        "committed, but no row": committed - set(rows),
        "a row, but not committed": set(rows) - committed,
        "recorded as delivered, but did not arrive": delivered - arrived,
        "arrived, but not recorded as delivered": arrived - delivered,
        "over, and still claimed": still_held,
        "arrived, though it ended otherwise": arrived & ended,
        "sent, though its transaction was undone": {r.key for r in requests if r.key == NEVER},
        "not signed as it must be": {r.event_id for r in requests if not r.is_signed},
    }
    written = [f"{len(them)} {what}: {_some(them)}" for what, them in found.items() if them]
    # Read with any answer, not only taken: a later event must not even be tried before.
    tried = _out_of_order(_by_first_arrival(requests))
    return written + ([f"{tried} tried out of order"] if tried else [])


def _unexpected(again: set[str], marker_of: Mapping[str, str]) -> list[str]:
    if not again:
        return []
    names = {marker_of.get(event_id, event_id) for event_id in again}
    return [
        f"{len(names)} sent twice without a crash between sending and recording: {_some(names)}"
    ]


def _alarm_problems(expected: Expected) -> list[str]:
    from integration.models import Alarm

    kinds = set(Alarm.objects.filter(resolved_at=None).values_list("kind", flat=True))
    wanted = {expected.alarm} if expected.alarm else set()
    return [f"open alarms are {sorted(kinds)}, not {sorted(wanted)}"] if kinds != wanted else []


def _some(names: set[str]) -> str:
    return ", ".join(sorted(names)[:5])
