import http.client
import os
import socket
import time

import pytest

from benchmarks.results.measures import NotMeasured
from benchmarks.servers import processes, receiver
from tests.support.processes import is_alive, until


@pytest.fixture(autouse=True)
def logs(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "LOGS", tmp_path / "logs")


def _event(name):
    return b'{"type":"t","object":{"location_id":"%s"}}' % name


def test_the_receiver_records_the_first_arrival_of_each_event():
    with receiver.receiving() as remote:
        connection = http.client.HTTPConnection("127.0.0.1", remote.port, timeout=30)
        before = time.time()
        for name in (b"one", b"two", b"one"):
            connection.request("POST", "/after/0/webhook", _event(name))
            assert connection.getresponse().read() == b"{}"
        arrivals = remote.arrivals()

        assert list(arrivals) == ["one", "two"]
        assert before <= arrivals["one"] <= arrivals["two"] <= time.time()
        assert remote.count() == 3
        remote.forget()
        assert (remote.arrivals(), remote.count()) == ({}, 0)


def test_the_receiver_answers_after_the_delay_in_the_url():
    with receiver.receiving() as remote:
        assert remote.url(0.5) == f"http://127.0.0.1:{remote.port}/after/0.5/webhook"
        connection = http.client.HTTPConnection("127.0.0.1", remote.port, timeout=30)
        clock = time.monotonic()
        connection.request("POST", "/after/0.5/webhook", _event(b"slow"))

        assert connection.getresponse().status == 200
        assert time.monotonic() - clock >= 0.5


def test_an_event_received_in_pieces_is_one_event():
    body = _event(b"pieces")
    head = b"POST /after/0/webhook HTTP/1.1\r\ncontent-length: %d\r\n\r\n" % len(body)
    with receiver.receiving() as remote:
        with socket.create_connection(("127.0.0.1", remote.port), timeout=30) as connection:
            for piece in (head[:20], head[20:] + body[:10], body[10:]):
                connection.sendall(piece)
                time.sleep(0.05)
            assert connection.recv(1000).startswith(b"HTTP/1.1 200 OK\r\n")

        assert list(remote.arrivals()) == ["pieces"]


def test_a_process_that_does_not_end_is_killed_with_its_children(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "_STOP_SECONDS", 0.5)
    pid_file = tmp_path / "child"
    with processes.running(
        "stubborn", "tests.benchmarks.stubborn_process", str(pid_file)
    ) as process:
        assert until(lambda: pid_file.exists() and pid_file.read_text(), 60)
        child = int(pid_file.read_text())
        assert os.getpgid(child) == process.pid

    assert process.returncode == -9
    assert until(lambda: not is_alive(child), 30)


def test_a_process_is_stopped_when_the_measurement_fails():
    with (
        pytest.raises(KeyboardInterrupt),
        processes.running("sleeper", "timeit", "-n1", "import time; time.sleep(60)") as process,
    ):
        raise KeyboardInterrupt

    assert process.returncode is not None


def test_a_process_that_takes_too_long_is_not_measured():
    with pytest.raises(NotMeasured, match=r"sleeper took longer than 1 s\."):
        processes.output_of("sleeper", "timeit", "-n1", "import time; time.sleep(60)", seconds=1)


def test_a_failed_process_is_not_measured_and_its_log_is_named():
    with pytest.raises(NotMeasured, match=r"wrong failed; its log is .*wrong\.log"):
        processes.output_of("wrong", "no_such_module_here", seconds=60)

    assert "no_such_module_here" in processes.log_path("wrong").read_text()
