"""From a published menu, or an update of one object, to what guests see of it."""

import contextlib
import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from django.conf import settings
from django.db import transaction

from benchmarks.data import channel_shop, menu_files
from benchmarks.load.puller import Puller
from benchmarks.results.measures import Goal, Kind, NotMeasured, Round, Row, percentile, summarize
from benchmarks.servers import delivery, processes, web
from benchmarks.servers import menu_files as file_server
from dsp.menu_intake import announcing, reading, updates
from dsp.menu_intake.child import Task
from dsp.models import AvailabilityChange, ReceivedEvent, ReceivedMenu, Store

from .bench import Bench

_FAMILIES, _FEW_FAMILIES = 30_000, 300
_UPDATES = 300
_QUIET_SECONDS = 10
_LIMIT_SECONDS = 120
_PARSING = "json.loads of the larger file"

_PUBLISH = Kind(
    row="dsp_publish",
    unit="s",
    peer_name=_PARSING,
    goal=Goal("ours", below=15),
    more_is_better=False,
)
_MEMORY = Kind(
    row="dsp_publish_memory",
    unit="MB",
    peer_name=_PARSING,
    goal=Goal("ours", below=500),
    more_is_better=False,
)
_READS = Kind(
    row="dsp_publish_reads",
    unit="ms",
    peer_name="the same without a publish",
    goal=Goal("ratio", at_least=1 / 1.5),
    more_is_better=False,
)
_UPDATE = Kind(
    row="dsp_update",
    unit="ms",
    peer_name=f"the same in a menu of {_FEW_FAMILIES} families",
    goal=Goal("ours", below=1000, and_also=Goal("ratio", at_least=0.5)),
    more_is_better=False,
)


def dsp_publish(bench: Bench) -> Iterator[Row]:
    """The slower of both versions, from the announcement until live, over the menu before it."""
    flat = menu_files.flat(_FAMILIES)
    files = [_packed(one) for one in (flat, menu_files.nested(flat))]
    store, shop = menu_files.store(), channel_shop.make()
    path = f"/channel/v1/stores/{shop.store.provider_id}/menu"
    with (
        delivery.ours(bench.receiver),
        web.serving() as server,
        contextlib.closing(Puller(server.port, path, "-", shop.key)) as puller,
    ):
        _publish_seconds(store, files[0])
        with _Reads(puller.pull) as quiet:
            time.sleep(_QUIET_SECONDS)
        with _Reads(puller.pull) as busy:
            seconds = [_publish_seconds(store, file) for file in reversed(files)]
    parsing_seconds, parsing_mb = _in_child("peer", files[1])
    _, memory_mb = _in_child("ours", _task(store, files[1]))
    yield summarize(_PUBLISH, [Round(max(seconds), parsing_seconds)])
    yield summarize(_MEMORY, [Round(memory_mb, parsing_mb)])
    yield summarize(_READS, [Round(busy.p99_ms(), quiet.p99_ms())])


def _packed(file: menu_files.File) -> bytes:
    return gzip.compress(json.dumps(file).encode(), 6)


class _Reads:
    """Reads of stored bytes in the background, one after the other with a short rest."""

    def __init__(self, read: Callable[[], object]) -> None:
        self._read, self._is_over = read, False
        self._waits: list[float] = []
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "_Reads":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._is_over = True
        self._thread.join()

    def p99_ms(self) -> float:
        return percentile(self._waits, 0.99)

    def _run(self) -> None:
        while not self._is_over:
            started = time.perf_counter()
            self._read()
            self._waits.append((time.perf_counter() - started) * 1000)
            time.sleep(0.01)


def _publish_seconds(store: Store, packed: bytes) -> float:
    with file_server.serving(packed) as address:
        started = time.perf_counter()
        menu = _announce(store, address)
        ended = ReceivedMenu.objects.filter(pk=menu.pk).exclude(verdict="waiting")
        processes.wait_for("The menu", ended.exists, _LIMIT_SECONDS, poll_seconds=0.1)
        seconds = time.perf_counter() - started
    menu.refresh_from_db()
    if menu.verdict != "live":
        raise NotMeasured(f"The menu is {menu.verdict}: {menu.reason}")
    return seconds


@transaction.atomic
def _announce(store: Store, address: str) -> ReceivedMenu:
    locked = Store.objects.select_for_update().get(pk=store.pk)
    return announcing.announce(locked, _event(locked), address)


def _event(store: Store) -> ReceivedEvent:
    return ReceivedEvent.objects.create(merchant_id=store.merchant_id, store=store, body=b"{}")


def _task(store: Store, packed: bytes) -> bytes:
    """Return what the bounded process gets for the file, with the live menu to compare it with."""
    limits = settings.DSP.menu_limits
    base = reading.base_of(store.pk)
    task = Task(
        file=packed,
        live=reading.compiled_of(base.live_menu_id),
        number=base.number,
        limits=(limits.unpacked_bytes, limits.levels, limits.objects),
    )
    return msgspec.msgpack.encode(task)


def _in_child(way: str, content: bytes) -> tuple[float, float]:
    """Return the seconds and the peak memory in megabytes."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "content"
        path.write_bytes(content)
        module = "benchmarks.load.menu_memory"
        output = processes.output_of("menu-memory", module, way, str(path), seconds=120)
    seconds, megabytes = output.split()
    return float(seconds), float(megabytes)


def dsp_update(bench: Bench) -> Iterator[Row]:
    """99th percentile from the update of one object until its commit, which makes it visible."""
    stores = []
    with delivery.ours(bench.receiver):
        for families in (_FAMILIES, _FEW_FAMILIES):
            store = menu_files.store()
            _publish_seconds(store, _packed(menu_files.flat(families)))
            stores.append(store)
    rounds = []
    for _ in range(bench.rounds):
        many, few = ([_update_ms(store, one) for one in range(_UPDATES)] for store in stores)
        rounds.append(Round(percentile(many, 0.99), percentile(few, 0.99)))
    yield summarize(_UPDATE, rounds)


def _update_ms(store: Store, number: int) -> float:
    stream_id, is_active = f"f{number % _FEW_FAMILIES}", bool(number % 2)
    started = time.perf_counter()
    with transaction.atomic():
        locked = Store.objects.select_for_update().get(pk=store.pk)
        updates.apply(locked, [("items", stream_id, is_active)], _event(locked))
    shown = AvailabilityChange.objects.get(store=store, kind="items", stream_id=stream_id)
    assert shown.is_active == is_active
    return (time.perf_counter() - started) * 1000
