from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.config import SandboxConfig
from sandbox.server.server import SandboxServer
from tests.sandbox.conftest import Caller
from tests.sandbox.support.fake_pos import EMAIL, PASSWORD, FakePos


def raw(sandbox: Caller, text: bytes) -> tuple[int, Any]:
    """Send raw bytes and return the status and the parsed answer."""
    port = sandbox.server.sandbox.config.port
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(text)
        connection.shutdown(socket.SHUT_WR)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer.status, json.loads(answer.read())


def post(body: bytes, *, host: str = "127.0.0.1", headers: str = "") -> bytes:
    head = f"POST /api/behaviour HTTP/1.1\r\nHost: {host}\r\n{headers}"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"{", "The text is not JSON"),
        (b"[1]", "The body must be a JSON object."),
        (b'{"times": NaN}', "NaN is not JSON."),
        (b'{"times": 1e999}', "1e999 is too large a number."),
        (b'{"times": ' + b"9" * 5000 + b"}", "Exceeds the limit"),
        (b'{"times": -1}', "times must be a whole number from 0 to 10000, but is -1."),
        (b'{"status": 99}', "status must be a whole number from 200 to 599, but is 99."),
        (b'{"delay_seconds": "x"}', "delay_seconds must be a number from 0 to 60."),
        (b'{"a": ' + b"[" * 100_000, "The JSON is nested too deeply."),
        (b'{"a": ' + b"[" * 300 + b"]" * 300 + b"}", "The JSON is nested too deeply."),
        (b'{"a": "\xff"}', "The text is not UTF-8."),
    ],
)
def test_an_invalid_body_is_answered_with_a_message(
    sandbox: Caller, body: bytes, error: str
) -> None:
    status, answer = raw(sandbox, post(body))

    assert status == 400
    assert answer["error"].startswith(error)


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "a@127.0.0.1", "[::"]
)
def test_a_foreign_host_name_is_refused(sandbox: Caller, host: str) -> None:
    status, answer = raw(sandbox, post(b"{}", host=host))

    assert status == 403
    assert answer == {"error": "The sandbox answers only on 127.0.0.1 and localhost."}


def test_localhost_with_a_port_is_accepted(sandbox: Caller) -> None:
    assert raw(sandbox, post(b'{"times": 0}', host="localhost:9000"))[0] == 200


def test_a_page_of_another_origin_is_refused(sandbox: Caller) -> None:
    foreign = raw(sandbox, post(b"{}", headers="Origin: http://evil.example\r\n"))
    neighbour = raw(sandbox, post(b"{}", headers="Origin: http://127.0.0.1:8000\r\n"))
    own = raw(sandbox, post(b"{}", headers="Origin: http://127.0.0.1\r\n"))

    assert (foreign[0], neighbour[0], own[0]) == (403, 403, 200)


def test_a_body_of_another_content_type_is_refused(sandbox: Caller) -> None:
    answer = sandbox.session.post(f"{sandbox.url}/api/behaviour", data="{}", timeout=10)

    assert answer.status_code == 415


def test_a_huge_body_is_refused_before_it_is_read(sandbox: Caller) -> None:
    head = post(b"").replace(b"Content-Length: 0", b"Content-Length: 99999999999999999999")

    assert raw(sandbox, head) == (413, {"error": "The body is over 8192 kB."})


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/9.9\r\n\r\n", 505),
        (b"BREW / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 501),
        (b"PUT /api/connect HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 405),
        (b"GET /api/connect HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 405),
        (b"GET /nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 404),
        (b"GET http://[ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 400),
        (b"GET /api/webhooks?since=x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n", 411),
        (b"GET / HTTP/1.1\r\n\r\n", 403),
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", 414),
    ],
)
def test_a_malformed_request_is_answered_in_json(
    sandbox: Caller, request_bytes: bytes, status: int
) -> None:
    answer = raw(sandbox, request_bytes)

    assert answer[0] == status
    assert list(answer[1]) == ["error"]


def test_an_unfinished_request_does_not_block_the_sandbox(sandbox: Caller) -> None:
    with socket.create_connection(("127.0.0.1", sandbox.server.sandbox.config.port)) as peer:
        peer.sendall(b"POST /api/connect HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Le")

    assert sandbox.get("/healthz").json() == {"status": "ok"}


def test_one_connection_serves_many_requests(sandbox: Caller) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", sandbox.server.sandbox.config.port)
    for _ in range(3):
        connection.request("GET", "/healthz")
        assert connection.getresponse().read() == b'{"status": "ok"}'
        assert connection.sock is not None
    connection.close()


def test_a_lone_surrogate_in_a_field_is_refused(sandbox: Caller) -> None:
    sandbox.connect()

    answer = sandbox.post("connection", location_id="\ud800")

    assert answer.status_code == 400
    assert answer.json()["error"] == "location_id has a character that cannot be sent."


def test_a_location_id_cannot_smuggle_a_header(sandbox: Caller, pos: FakePos) -> None:
    sandbox.connect()
    calls = len(pos.requests)

    answer = sandbox.post("catalog", location_id="a\r\nX-Evil: 1")

    assert answer.status_code == 400
    assert len(pos.requests) == calls


def test_foreign_text_is_escaped_on_the_page(sandbox: Caller, pos: FakePos) -> None:
    pos.order_answer = (200, {"order": {"provider_id": "<script>alert(1)</script>"}})
    sandbox.connect()
    sandbox.post("orders", location_id="loc-1")

    answer = sandbox.get("/")

    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_every_step_changes_the_version_of_the_page(sandbox: Caller) -> None:
    before = sandbox.get("/api/version").json()["version"]

    sandbox.connect()

    assert sandbox.get("/api/version").json()["version"] == before + 1


def test_an_unknown_merchant_is_reported_by_id(sandbox: Caller) -> None:
    sandbox.post("connect", email=EMAIL, password=PASSWORD)

    answer = sandbox.post("locations", merchant_id="m-2")

    assert answer.status_code == 404
    assert answer.json() == {"error": "The merchant 'm-2' is not connected."}


def test_a_port_in_use_is_an_error_at_startup(
    sandbox: Caller, make_sandbox: Callable[..., Caller]
) -> None:
    with pytest.raises(OSError, match="in use"):
        make_sandbox(port=sandbox.server.sandbox.config.port)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pos_url": "ftp://x"}, "'ftp://x' is not a POS URL"),
        ({"pos_url": "http://["}, "'http://\\[' is not a POS URL"),
        ({"signature_encoding": "md5"}, "The signature encoding is 'md5'"),
        ({"client_secret": ""}, "The client secret is empty"),
    ],
)
def test_an_invalid_configuration_is_reported(changes: dict[str, str], message: str) -> None:
    valid = {
        "pos_url": "http://127.0.0.1:8000",
        "client_id": "c",
        "client_secret": "s",
        "webhook_secret": "w",
    }

    with pytest.raises(ValueError, match=message):
        SandboxConfig(**{**valid, **changes})  # type: ignore[arg-type]  # Wrong on purpose.


def test_a_server_that_never_started_can_be_stopped() -> None:
    server = SandboxServer(SandboxConfig("http://127.0.0.1:8000", "c", "s", "w", port=0))

    server.stop()

    assert server.socket.fileno() == -1


def test_the_port_is_free_again_after_a_stop(make_sandbox: Callable[..., Caller]) -> None:
    first = make_sandbox()
    port = first.server.sandbox.config.port
    # The server closes first, which leaves its side of the connection in TIME_WAIT.
    assert raw(first, b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
    first.server.stop()

    assert make_sandbox(port=port).get("/healthz").status_code == 200
