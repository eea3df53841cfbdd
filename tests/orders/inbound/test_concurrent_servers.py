"""Exactly one order, over real HTTP against several processes (contract ORD-NEW)."""

import json
import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
import requests
from django.db import connection

from orders.models import InboundEvent, Order, OrderEvent, OrderLine
from stream_pos.runtime import processes as child_processes
from tests.environment import DATA_DIR
from tests.orders.support.stream_orders import at_location, line, order, stock
from tests.support.processes import Running, environment, free_port, until
from tests.support.stream import BASE

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("stream", "menu"),
]
COPIES = 64
TRIES = 20


def _database_url():
    """Of the database that this test uses itself."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return os.environ["TEST_DATABASE_URL"].rsplit("/", 1)[0] + f"/{name}"


@pytest.fixture
def ports(stream, menu):
    """Two servers with a process each, on the tests' database."""
    env = environment(Path(DATA_DIR), DATABASE_URL=_database_url())
    chosen = [free_port(), free_port()]
    running = []
    try:
        for port in chosen:
            _, *command = child_processes.web("127.0.0.1", port).command
            command[command.index("--workers") + 1] = "1"
            running.append(Running(*command, env=env))
        for port in chosen:
            assert until(lambda port=port: _is_ready(port), 40), [one.lines for one in running]
        yield chosen
    finally:
        for one in running:
            one.end()


def _is_ready(port):
    try:
        return _session().get(f"http://127.0.0.1:{port}/readyz", timeout=5).status_code == 200
    except requests.RequestException:
        return False


def _session():
    session = requests.Session()
    session.trust_env = False
    return session


def _send(port, token, sent):
    """Send the order as Stream does: again after each 503 with Retry-After."""
    for _ in range(TRIES):
        answer = _session().post(
            f"http://127.0.0.1:{port}{BASE}/orders",
            json={"type": "order.created", "object": sent},
            headers={"Authorization": f"Bearer {token.raw}"},
            timeout=60,
        )
        if answer.status_code != 503 or "Retry-After" not in answer.headers:
            break
        time.sleep(1)
    return answer


def _all_at_once(ports, token, sent):
    together = Barrier(COPIES)

    def copy(number):
        together.wait(timeout=60)
        return _send(ports[number % len(ports)], token, sent)

    with ThreadPoolExecutor(COPIES) as pool:
        return list(pool.map(copy, range(COPIES)))


def test_an_order_sent_64_times_at_once_to_two_processes_is_one_order(ports, token):
    at_location("fam_soda", stock_count=3)
    sent = order(line("fam_soda", 250, 2))

    answers = _all_at_once(ports, token, sent)

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert Order.objects.count() == OrderLine.objects.count() == OrderEvent.objects.count() == 1
    assert stock("fam_soda") == 1
    outcomes = InboundEvent.objects.order_by("outcome").values_list("outcome", flat=True)
    assert list(outcomes) == ["accepted"] + ["repeated"] * (COPIES - 1)


def test_an_order_whose_answer_was_never_read_is_one_order_when_it_comes_again(ports, token):
    sent = order(line("fam_burger", 1000, 2))
    body = json.dumps({"type": "order.created", "object": sent}).encode()
    head = (
        f"POST {BASE}/orders HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {token.raw}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", ports[0]), timeout=10) as caller:
        caller.sendall(head.encode() + body)
        assert until(Order.objects.exists, 10)
    time.sleep(0.2)  # The server notices, or not.

    again = [_send(port, token, sent) for port in ports]

    kept = Order.objects.get()
    assert [(answer.status_code, answer.text) for answer in again] == [(200, kept.answer)] * 2
    assert kept.lines.count() == kept.history.count() == 1
