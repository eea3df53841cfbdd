"""Readers for the reports page: its figures, tables and files, at noon in Chicago."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from catalog.models import Location
from orders.models import Order
from orders.states import State

from .deferred_orders import pending

PAGE = "/admin/orders/order/numbers/"
NOW = datetime(2026, 5, 4, 17, 0, tzinfo=UTC)  # Monday noon in Chicago.


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client(browser_client: Any, owner: Any) -> Any:
    return browser_client(owner)


def an_order(at: Location, received: datetime = NOW, **fields: Any) -> Order:
    order = pending(at, **{"state": State.COMPLETED, "subtotal": 1000, "total": 1250} | fields)
    Order.objects.filter(pk=order.pk).update(created_at=received)
    return order


def figures(answer: Any) -> dict[str, str]:
    return {figure["label"]: figure["value"] for figure in answer.context["page"]["figures"]}


def rows(answer: Any, title: str) -> list[list[str]]:
    (chart,) = [chart for chart in answer.context["page"]["charts"] if chart.title == title]
    table: list[list[str]] = chart.rows
    return table


def file(client: Any, name: str, **query: Any) -> list[list[str]]:
    answer = client.get(f"{PAGE}{name}.csv", query)
    assert answer.status_code == 200
    content = b"".join(answer.streaming_content).decode()
    assert content[0] == "\ufeff"
    return list(csv.reader(io.StringIO(content[1:])))
