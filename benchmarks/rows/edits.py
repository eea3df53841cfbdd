"""From an edit to its effects for Stream: a fresh snapshot, a correct pull, an event."""

import time
from collections.abc import Iterator
from itertools import count

from django.db import transaction

from benchmarks.data import menus
from benchmarks.load.screens import Screens
from benchmarks.peers import nested_serializers
from benchmarks.results.measures import Goal, Kind, Round, Row, percentile, summarize
from benchmarks.servers import delivery, processes, web
from catalog.models import ItemFamily
from catalog.revisions.counter import with_revision
from catalog.snapshots.service import is_fresh
from integration import wakeups
from integration.models import OutboundEvent

from .bench import Bench
from .pulls import FAMILIES, peer_pull_ms

_EDITS, _SWITCHES = 15, 100
_PAUSE_SECONDS = 0.3
_LIMIT_SECONDS = 30
_prices = count(5_000)

_EDIT = Kind(
    row="edit_to_snapshot",
    unit="ms",
    peer_name=f"{nested_serializers.NAME}: the pull after the edit",
    goal=Goal("ours", below=1000),
    more_is_better=False,
)
_SWITCH = Kind(
    row="switch_to_event",
    unit="ms",
    peer_name=f"{nested_serializers.NAME}: the pull after the switch, no event",
    goal=Goal("ours", below=1000),
    more_is_better=False,
)


def edit_to_snapshot(bench: Bench) -> Iterator[Row]:
    """Median time from the commit of a price until the worker has stored the new catalog."""
    menu = menus.make(FAMILIES)
    rounds = []
    for _ in range(bench.rounds):
        with delivery.ours(bench.receiver):
            waits = [_edit_ms(menu) for _ in range(_EDITS)]
        with web.serving() as server:
            rounds.append(Round(percentile(waits, 0.5), peer_pull_ms(server, menu)))
    yield summarize(_EDIT, rounds)


def _edit_ms(menu: menus.Menu) -> float:
    time.sleep(_PAUSE_SECONDS)
    with transaction.atomic():
        menus.change_price(menu, next(_prices))
        wakeups.on_commit("catalog.tasks.refresh", menu.merchant.pk)
    return _wait_ms("A fresh snapshot", lambda: _is_fresh(menu))


def _is_fresh(menu: menus.Menu) -> bool:
    stored = menu.merchant.snapshots.filter(location=menu.location)
    return all(
        is_fresh(snapshot) for snapshot in with_revision(stored).only("revision", "stale_at")
    )


def switch_to_event(bench: Bench) -> Iterator[Row]:
    """99th percentile from the click until a pull is correct and the event's row is committed."""
    menu = menus.make(FAMILIES)
    rounds = []
    for _ in range(bench.rounds):
        with delivery.ours(bench.receiver), web.serving() as server:
            server.catalog(web.OURS, menu)
            screens = Screens(server.port, menu)
            waits = [_switch_ms(server, screens, menu) for _ in range(_SWITCHES)]
        with web.serving() as server:
            rounds.append(Round(percentile(waits, 0.99), peer_pull_ms(server, menu)))
    yield summarize(_SWITCH, rounds)


def _switch_ms(server: web.Web, screens: Screens, menu: menus.Menu) -> float:
    """Time one switch; alternately the pull or the worker builds the catalog."""
    family, is_active = screens.next_switch()
    time.sleep(_PAUSE_SECONDS)
    last_pk = OutboundEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    started = time.perf_counter()
    screens.switch(family, is_active=is_active)
    steps = [
        lambda: _is_pulled(server, menu, family, is_active=is_active),
        lambda: OutboundEvent.objects.filter(pk__gt=last_pk).exists(),
    ]
    for step in steps if screens.switched % 2 else reversed(steps):
        _wait_ms("The event or the correct pull", step)
    waited = (time.perf_counter() - started) * 1000
    processes.wait_for("The delivery", _none_waiting, _LIMIT_SECONDS)
    return waited


def _is_pulled(server: web.Web, menu: menus.Menu, family: ItemFamily, *, is_active: bool) -> bool:
    rows = server.catalog(web.OURS, menu)["item_family"]
    states: list[bool] = [
        row["is_active"] for row in rows if row["provider_id"] == family.provider_id
    ]
    return states == [is_active]


def _none_waiting() -> bool:
    return not OutboundEvent.objects.filter(state=OutboundEvent.State.WAITING).exists()


def _wait_ms(subject: str, condition: processes.Condition) -> float:
    """Poll more often than processes.wait_for, whose interval would distort the result."""
    started = time.perf_counter()
    processes.wait_for(subject, condition, _LIMIT_SECONDS, poll_seconds=0.002)
    return (time.perf_counter() - started) * 1000
