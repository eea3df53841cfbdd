"""The embedded broker: wake-ups as files."""

import os
import threading
import time
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection, Exchange, Producer, Queue

from stream_pos.runtime import file_broker


@pytest.fixture
def channel(tmp_path: Path) -> Any:
    file_broker.register()
    folder = str(tmp_path)
    options = {"data_folder_in": folder, "data_folder_out": folder, "control_folder": folder}
    with Connection(f"{file_broker.SCHEME}://localhost", transport_options=options) as connection:
        yield connection.channel()


def a_message(number: int) -> dict[str, Any]:
    properties = {"delivery_tag": str(number), "delivery_info": {}}
    return {"body": str(number), "properties": properties, "headers": {}}


def test_messages_are_read_once_and_in_order(channel, tmp_path):
    for number in range(3):
        channel._put("q", a_message(number))
    channel._put("other", a_message(9))
    assert [channel._get("q")["body"] for _ in range(3)] == ["0", "1", "2"]
    with pytest.raises(Empty):
        channel._get("q")
    assert len(list(tmp_path.glob("*.other.msg"))) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b'{"body": "hal',
        b"[]",
        b"\xff",
        b"[" * 100_000,
        b'{"body": "1", "properties": {}}',
        b'{"body": "1", "properties": []}',
        *(
            b'{"body": "1", "properties": {"delivery_tag": "1", "delivery_info": {}}, "headers": '
            + headers
            + b"}"
            for headers in (b"[]", b'{"task": 7}', b'{"expires": "rubbish"}', b'{"eta": {}}')
        ),
        b'{"body": 1, "properties": {"delivery_tag": "1", "delivery_info": {}}}',
        b'"' + b"x" * 1_000_001 + b'"',
    ],
)
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


def _age(path: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then), follow_symlinks=False)


def test_foreign_entries_are_passed_over(channel, tmp_path):
    (tmp_path / "0.q.msg").mkdir()
    os.mkfifo(tmp_path / "1.q.msg")
    (tmp_path / "2.q.msg").symlink_to("/nowhere")
    channel._put("q", a_message(1))
    assert channel._get("q")["body"] == "1"
    with pytest.raises(Empty):
        channel._get("q")


def test_old_leftovers_are_swept_when_a_worker_starts_and_fresh_ones_stay(channel, tmp_path):
    for name in (".1.q.msg.part", "2.q.taken", "garbage", "3.other.msg"):
        for prefix, age in (("old", 130), ("new", 30)):
            path = tmp_path / f"{'.' if name.startswith('.') else ''}{prefix}{name}"
            path.write_bytes(b"x")
            _age(path, age)
    with pytest.raises(Empty):
        channel._get("q")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".new.1.q.msg.part",
        "new2.q.taken",
        "new3.other.msg",
        "newgarbage",
    ]


def test_a_message_that_waited_too_long_is_dropped(channel, tmp_path):
    channel._put("q", a_message(1))
    [path] = tmp_path.glob("*.q.msg")
    _age(path, file_broker.USEFUL_SECONDS + 5)
    assert file_broker._take(path) is None
    assert list(tmp_path.iterdir()) == []


def test_the_number_of_waiting_messages_is_bounded(channel, monkeypatch):
    monkeypatch.setattr(file_broker, "MAX_MESSAGES", 3)
    for number in range(5):
        channel._put("q", a_message(number))
    assert channel._size("q") == 3


def test_a_full_disk_costs_the_wake_up_only(channel, tmp_path, monkeypatch, caplog):
    def full(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    channel._put("q", a_message(1))
    assert list(tmp_path.iterdir()) == []
    assert [record.getMessage() for record in caplog.records] == [
        "A wake-up could not be written: [Errno 28] No space left on device"
    ]


def test_a_folder_that_vanished_is_made_again(tmp_path):
    folder = tmp_path / "broker" / "queue"
    assert file_broker._waiting(folder, "q") == []
    assert folder.stat().st_mode & 0o777 == 0o700


def test_garbage_in_the_old_folder_of_bindings_hurts_nobody(channel, tmp_path):
    for name in ("", "amq.direct", "stream-pos", "q"):
        (tmp_path / f"{name}.exchange").write_bytes(b"\xff garbage {")
    queue = Queue("q", Exchange("q", type="direct"), routing_key="q")
    bound = queue(channel)
    bound.declare()
    Producer(channel).publish({"a": 1}, exchange="q", routing_key="q")
    Producer(channel).publish({"a": 2}, routing_key="q")
    assert [bound.get().payload for _ in range(2)] == [{"a": 1}, {"a": 2}]
    bound.delete()
    assert channel._size("q") == 0
