from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.conftest import Caller
from tests.sandbox.support.fake_pos import FakePos


def test_locations_are_pulled_and_checked(sandbox: Caller) -> None:
    sandbox.connect()

    answer = sandbox.post("locations").json()

    assert answer["status"] == 200
    assert [location["provider_id"] for location in answer["locations"]] == ["loc-1"]
    assert answer["problems"] == []


def test_a_location_can_be_disconnected_and_connected(sandbox: Caller) -> None:
    sandbox.connect()

    answers = [
        sandbox.post("connection", location_id="loc-1", method=method).json()
        for method in ("GET", "DELETE", "GET", "POST")
    ]

    assert [answer["connected"] for answer in answers] == [True, False, False, True]
    assert [answer["problems"] for answer in answers] == [[], [], [], []]


def test_a_second_pull_of_the_same_catalog_is_a_304(sandbox: Caller, pos: FakePos) -> None:
    sandbox.connect()

    first = sandbox.post("catalog", location_id="loc-1").json()
    second = sandbox.post("catalog", location_id="loc-1").json()

    assert (first["status"], second["status"]) == (200, 304)
    assert first["problems"] == second["problems"] == []
    assert first["counts"] == second["counts"]
    assert first["counts"]["item_family"] == 4
    assert first["bytes"] == len(json.dumps(pos.catalog))
    assert first["wire_bytes"] < first["bytes"]
    assert first["encoding"] == "gzip"
    assert second["sent_etag"] == first["etag"]
    assert sandbox.get("/api/catalog", location_id="loc-1").json() == pos.catalog


def test_the_global_catalog_is_requested_by_merchant(sandbox: Caller, pos: FakePos) -> None:
    sandbox.connect()

    answer = sandbox.post("catalog", merchant=True).json()

    headers = pos.requests[-1][2]
    assert answer["status"] == 200
    assert headers["X-Provider-Merchant-Id"] == "m-1"
    assert "X-Provider-Location-Id" not in headers


@pytest.mark.parametrize(
    ("array", "changes", "problem"),
    [
        (
            "item_family",
            {"price_amount": 5, "price_currency": "usd"},
            "CAT: item_family 'pizza' has both items and a price.",
        ),
        (
            "item_family",
            {"item_ids": ["nowhere"], "default_item_id": "nowhere"},
            "CAT: item_ids of item_family 'pizza' names 'nowhere', not a known item.",
        ),
        (
            "item",
            {"price_currency": "USD"},
            "CAT: price_currency of item 'pizza-s' is 'USD', not a lowercase code.",
        ),
        ("item", {"upc": None}, "CAT: upc of item number 1 has no value and must be omitted."),
        (
            "item",
            {"provider_id": "pizza-l"},
            "CAT: the provider_id 'pizza-l' is both item number 1 and item number 2.",
        ),
        (
            "modifier",
            {"price_amount": 1.5},
            "CAT: price_amount of modifier 'thin' must be a whole number, but is 1.5.",
        ),
        (
            "modifier",
            {"modifier_group_ids": ["crust"]},
            "CAT: modifier_group 'crust' contains itself through its modifiers.",
        ),
        (
            "menu",
            {"schedule": {"monday": []}},
            "CAT: the schedule of menu 'menu-1' must have exactly seven days.",
        ),
        ("tax", {"rate": "8"}, "CAT: rate of tax 'tax-1' must be a number, not '8'."),
    ],
)
def test_an_error_in_a_catalog_is_reported(
    sandbox: Caller, pos: FakePos, array: str, changes: dict[str, Any], problem: str
) -> None:
    pos.catalog[array][0] |= changes
    sandbox.connect()

    assert problem in sandbox.post("catalog", location_id="loc-1").json()["problems"]


def test_a_missing_array_is_reported(sandbox: Caller, pos: FakePos) -> None:
    del pos.catalog["tax"]
    pos.catalog["item_family"][0].pop("tax_ids")
    sandbox.connect()

    answer = sandbox.post("catalog", location_id="loc-1").json()

    assert answer["problems"] == ["CAT: tax must be an array of objects, but is None."]
