"""Menu files of both versions, whole, mutated and broken, as the bounded process reads them."""

import copy
import gzip
import json
import zlib
from collections import Counter
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from dsp.menu_intake import child, guest_body
from dsp.stored_menus import compiled
from tests.fuzz import mutations
from tests.fuzz.bounds import bounded
from tests.fuzz.properties import Broken

from .scene import ChannelScene, all_day

_KINDS = ["valid", "changed", "changed", "changed", "field", "bytes", "packed"]
_LIMITS = (2**20, 64, 10_000)  # Bytes, levels and objects.
_MOST_INTEGER = 2**31 - 1  # In a column of PostgreSQL.


class MenuBatch:
    """A batch of menu files for one store, which sells the contract's menu before each."""

    def __init__(self, scene: ChannelScene) -> None:
        self._table = scene.judge.table
        self._ids = scene.ids
        self._files = [all_day(1), all_day(2)]
        self._live = b""
        self._live = self._read("menu file", json.dumps(self._files[0]).encode()).compiled

    def run(self, examples: int, number: int) -> None:
        """Run the examples; raise Broken with the smallest failing file."""

        @bounded(examples, number)
        @given(st.data())
        def each(data: Any) -> None:
            kind = data.draw(st.sampled_from(_KINDS))
            getattr(self, f"_{kind}")(data.draw)

        each()

    def _file(self, draw: Any) -> dict[str, Any]:
        return copy.deepcopy(draw(st.sampled_from(self._files)))

    def _valid(self, draw: Any) -> None:
        file = self._file(draw) | {"prep_time_minutes": draw(st.integers(0, 500))}
        body = json.dumps(file, ensure_ascii=draw(st.booleans())).encode()
        built = self._read("menu file", body)
        if built.refusal or built.left_out:
            raise Broken(f"{built.refusal} {built.left_out}", "menu file", body, None)

    def _changed(self, draw: Any) -> None:
        body = draw(mutations.changed(self._file(draw), self._ids))
        self._read("menu file with mutations", body)

    def _field(self, draw: Any) -> None:
        """Replace a field somewhere with arbitrary JSON."""
        file = self._file(draw)
        place: Any = file
        while isinstance(place, dict | list) and place:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            key = keys[draw(st.integers(0, len(keys) - 1))]
            deeper = place[key]
            if not isinstance(deeper, dict | list) or not deeper or draw(st.integers(0, 4)) == 0:
                place[key] = draw(mutations.JSON)
                break
            place = deeper
        self._read("menu file's field with arbitrary JSON", json.dumps(file).encode())

    def _bytes(self, draw: Any) -> None:
        self._read("menu file's broken bytes", draw(mutations.broken(self._file(draw))))

    def _packed(self, draw: Any) -> None:
        """Compress a file, and break it now and then."""
        body = gzip.compress(json.dumps(self._file(draw)).encode(), 1, mtime=0)
        at = draw(st.integers(0, len(body) - 1))
        method = draw(st.integers(0, 3))
        if method == 1:
            body = body[:at]
        elif method == 2:
            body = body[:at] + draw(st.binary(min_size=1, max_size=3)) + body[at + 1 :]
        elif method == 3:
            body = gzip.compress(bytes(2**21), 9, mtime=0)
        self._read("menu file, compressed", body)

    def _read(self, kind: str, body: bytes) -> child.Built:
        task = child.Task(file=body, live=self._live, number=7, limits=_LIMITS)
        try:
            answer = child.read(msgspec.msgpack.encode(task))
        except Exception as error:
            raise Broken(f"it raised {error!r}", kind, body, None) from error
        built = msgspec.msgpack.decode(answer, type=child.Built)
        if problem := _problem(built):
            raise Broken(problem, kind, body, None)
        row = self._table.setdefault(kind, Counter())
        row["bodies"] += 1
        outcome = "menu refused" if built.refusal else "menu taken"
        self._table.setdefault("outcomes", Counter())[outcome] += 1
        return built


def _problem(built: child.Built) -> str:
    """Return what a row or a guest could not take of a file that was read, or nothing."""
    if built.refusal:
        return "" if built.refusal.endswith(".") else "the refusal is no sentence"
    texts = json.dumps([built.left_out, built.changes], ensure_ascii=False)
    texts.encode()
    if "\\u0000" in texts:
        return "what was left out cannot be stored"
    if not 0 <= built.prep_time_minutes <= _MOST_INTEGER or len(built.currency) > 3:
        return "a column is too small"
    menu = compiled.unpack(zlib.decompress(built.compiled))
    guest = json.loads(guest_body.unpacked(built.guest_gzip) + b"}")
    if [one["id"] for one in guest["menus"]] != [one.stream_id for one in menu.menus]:
        return "the guest's menu is another one"
    return "" if len(built.object_ids) % 8 == 0 else "the objects' ids are cut"
