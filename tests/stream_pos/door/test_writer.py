"""Responses: who reads too slowly is dropped."""

import asyncio
import time
from io import BytesIO

import pytest

from stream_pos.door import writer
from stream_pos.door.bridge import Response


class Cycle:
    scope = {"method": "GET"}

    def __init__(self, send):
        self.transport, self.aborted, self.send = self, 0, send

    def abort(self):
        self.aborted += 1


def _write(size, send):
    cycle = Cycle(send)
    file = BytesIO(b"x" * size)
    begin = time.monotonic()
    asyncio.run(writer.write_file(cycle, Response(200, [], b"", file), file))
    return cycle.aborted, time.monotonic() - begin


def test_a_reader_that_takes_nothing_is_dropped_at_its_deadline(monkeypatch):
    monkeypatch.setattr(writer, "_SECONDS", 0.2)

    async def never(message):
        await asyncio.sleep(10)

    aborted, seconds = _write(10, never)
    assert aborted == 1
    assert 0.2 <= seconds < 3


@pytest.mark.parametrize(("pause", "aborted"), [(0.02, 0), (0.1, 1)])
def test_each_part_of_a_long_response_extends_the_deadline(monkeypatch, pause, aborted):
    monkeypatch.setattr(writer, "_SECONDS", 0.1)
    monkeypatch.setattr(writer, "_BYTES_PER_SECOND", writer._PIECE_BYTES * 20)

    async def slowly(message):
        await asyncio.sleep(pause)

    assert _write(writer._PIECE_BYTES * 10, slowly)[0] == aborted


def test_others_have_their_turn_between_the_pieces_of_a_file():
    turns = []

    async def at_once(message):
        turns.append(message["type"])

    async def write_beside_another():
        file = BytesIO(b"x" * writer._PIECE_BYTES * 3)
        asyncio.get_running_loop().call_soon(turns.append, "another")
        await writer.write_file(Cycle(at_once), Response(200, [], b"", file), file)

    asyncio.run(write_beside_another())
    assert turns.index("another") == 2  # After the head and the first piece.
    assert len(turns) == 5
