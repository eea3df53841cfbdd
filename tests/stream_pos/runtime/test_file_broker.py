"""The embedded broker: wake-ups as files."""

import threading
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection

from stream_pos.runtime import file_broker


@pytest.fixture
def channel(tmp_path: Path) -> Any:
    file_broker.register()
    folder = str(tmp_path)
    options = {"data_folder_in": folder, "data_folder_out": folder, "control_folder": folder}
    with Connection(f"{file_broker.SCHEME}://localhost", transport_options=options) as connection:
        yield connection.channel()


def a_message(number: int) -> dict[str, Any]:
    return {"body": str(number), "properties": {}}


def test_messages_are_read_once_and_in_order(channel, tmp_path):
    for number in range(3):
        channel._put("q", a_message(number))
    channel._put("other", a_message(9))
    assert [channel._get("q")["body"] for _ in range(3)] == ["0", "1", "2"]
    with pytest.raises(Empty):
        channel._get("q")
    assert len(list(tmp_path.glob("*.other.msg"))) == 1


@pytest.mark.parametrize("content", [b"", b'{"body": "hal', b"[]", b"\xff"])
def test_a_corrupt_message_is_skipped(channel, tmp_path, content):
    (tmp_path / "0.q.msg").write_bytes(content)
    channel._put("q", a_message(1))
    assert channel._get("q")["body"] == "1"
    assert list(tmp_path.glob("0.q*")) == []


def test_a_reader_never_sees_a_partial_message(channel):
    seen: list[str] = []

    def write() -> None:
        for number in range(300):
            channel._put("q", a_message(number) | {"padding": "x" * 20_000})

    writer = threading.Thread(target=write)
    writer.start()
    while len(seen) < 300:
        all_written = (
            not writer.is_alive()
        )  # Checked before reading, so that late messages are still read.
        try:
            seen.append(channel._get("q")["body"])
        except Empty:
            if all_written:
                break
    assert seen == [str(number) for number in range(300)]
