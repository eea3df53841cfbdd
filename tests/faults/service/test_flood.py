"""The flood notes every call once: answered, refused, given up, or dropped by the server."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.faults.servers.processes import free_port

from .flood import NUMBER, Flood, Plan
from .load import NO_ANSWER


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        number = int(self.path[1:]) % 4
        if number == 3:  # Closes instead of answering.
            self.close_connection = True
            return
        time.sleep(0.6 if number == 2 else 0)
        self.send_response(503 if number == 1 else 200)
        if number == 1:
            self.send_header("Retry-After", "2")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_):
        pass


@pytest.fixture
def port():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def _answers(port):
    request = f"GET /{NUMBER} HTTP/1.1\r\nHost: service\r\n\r\n"
    plan = Plan(
        port, rate=40, seconds=0.5, patience_seconds=0.4, connections=20, request=request,
        first_number=1_000_000,
    )  # fmt: skip
    flood = Flood(plan)
    flood.run()
    return sorted(flood.answers)


def test_each_call_has_the_answer_that_its_client_saw(port):
    answers = _answers(port)
    seen = [(answer.status, answer.retry_after, answer.is_dropped) for answer in answers]
    round_of_four = [
        (200, None, False), (503, "2", False), (NO_ANSWER, None, False), (NO_ANSWER, None, True),
    ]  # fmt: skip
    assert [answer.number for answer in answers] == list(range(1_000_000, 1_000_020))
    assert seen == round_of_four * 5
    given_up = [answer.seconds for answer in answers if answer.number % 4 == 2]
    assert min(given_up) >= 0.4


def test_calls_without_a_server_have_no_answer():
    answers = _answers(free_port())
    assert {(answer.status, answer.is_dropped) for answer in answers} == {(NO_ANSWER, True)}
    assert len(answers) == 20
