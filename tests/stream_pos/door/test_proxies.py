"""Addresses behind a trusted proxy: each client has its own limits, the proxy has none."""

import time

import pytest

pytestmark = pytest.mark.once

HALF = b"POST /v1/token HTTP/1.1\r\nHost: pos\r\nContent-Length: 100\r\n\r\n{"


def _answers(server, addresses):
    """Return the statuses of many requests that arrive within a few milliseconds."""
    requests = b"".join(
        b"GET /page HTTP/1.1\r\nHost: pos\r\nX-Forwarded-For: %s\r\n\r\n" % address.encode()
        for address in addresses
    )
    end = b"GET /page HTTP/1.1\r\nHost: pos\r\nConnection: close\r\n\r\n"
    connection, answer = server.open(requests + end), b""
    while data := connection.recv(65_536):
        answer += data
    return [int(part[:3]) for part in answer.split(b"HTTP/1.1 ")[1:]][: len(addresses)]


def test_a_proxys_clients_share_no_rate(proxied_server):
    for _ in range(3):
        statuses = _answers(proxied_server, ["203.0.113.1"] * 150 + ["203.0.113.2"] * 20)
        assert 429 in statuses[:150]
        assert set(statuses[150:]) == {200}
        time.sleep(1)


def test_the_rate_is_that_of_the_nearest_address_that_is_no_proxy(proxied_server):
    forged = [f"198.51.100.{number}, 203.0.113.3" for number in range(150)]
    assert 429 in _answers(proxied_server, forged)


def test_who_is_no_trusted_proxy_cannot_name_another_address(server):
    assert 429 in _answers(server, [f"203.0.113.{number}" for number in range(150)])


def test_a_trusted_proxy_may_have_many_unfinished_requests(proxied_server):
    waiting = [proxied_server.open(HALF) for _ in range(50)]
    time.sleep(0.2)
    waiting.append(proxied_server.open(HALF))
    waiting[0].settimeout(0.3)
    with pytest.raises(TimeoutError):
        waiting[0].recv(1)
    for connection in waiting:
        connection.close()
