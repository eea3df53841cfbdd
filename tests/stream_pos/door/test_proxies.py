"""Addresses behind a trusted proxy: each client has its own limits, the proxy has none."""

import time

import pytest

pytestmark = pytest.mark.once

HALF = b"POST /v1/token HTTP/1.1\r\nHost: pos\r\nContent-Length: 100\r\n\r\n{"


def _statuses(server, **headers):
    return {server.ask("GET", "/page", **headers)[0] for _ in range(150)}


def test_a_proxys_clients_share_no_rate(proxied_server):
    time.sleep(1)
    assert 429 in _statuses(proxied_server, X_Forwarded_For="203.0.113.1")
    assert proxied_server.ask("GET", "/page", X_Forwarded_For="203.0.113.2")[0] == 200


def test_the_rate_is_that_of_the_nearest_address_that_no_proxy_has(proxied_server):
    time.sleep(1)
    for number in range(150):
        forged = f"198.51.100.{number}, 203.0.113.3"
        if proxied_server.ask("GET", "/page", X_Forwarded_For=forged)[0] == 429:
            return
    pytest.fail("Who forges X-Forwarded-For has no limit.")


def test_who_is_no_trusted_proxy_cannot_name_another_address(server):
    time.sleep(1)
    for number in range(150):
        if server.ask("GET", "/page", X_Forwarded_For=f"203.0.113.{number}")[0] == 429:
            return
    pytest.fail("Who sends X-Forwarded-For has no limit.")


def test_a_trusted_proxy_may_have_many_unfinished_requests(proxied_server):
    waiting = [proxied_server.open(HALF) for _ in range(50)]
    time.sleep(0.2)
    waiting.append(proxied_server.open(HALF))
    waiting[0].settimeout(0.3)
    with pytest.raises(TimeoutError):
        waiting[0].recv(1)
    for connection in waiting:
        connection.close()
