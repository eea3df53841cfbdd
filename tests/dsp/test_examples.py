"""Every example of the contract's section 4.8 is what the tests send and expect."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from dsp.models import Store
from integration.models import AccessToken
from tests.dsp.events import examples as events
from tests.dsp.menus import files
from tests.dsp.support import orders
from tests.dsp.support.channel import BASE, CLIENT_ID, SCOPES, SECRET, Channel, new_store
from tests.dsp.support.menus import go_live
from tests.integration.support.oauth_client import allow, ask_for_tokens

_CONTRACT = Path(__file__).parents[2] / "docs" / "contract-dsp.md"
# The tests that play each example, beside those below.
PLAYED = {
    "EX-EV-PAUSE": events.PAUSE,
    "EX-EV-RESUME": events.RESUME,
    "EX-EV-PUBLISH": events.PUBLISH,
    "EX-EV-UPDATE": events.UPDATE,
    "EX-EV-ACCEPT": events.ACCEPT,
    "EX-EV-FAIL": events.FAIL,
    "EX-EV-STATUS": events.STATUS,
    "EX-EV-CANCEL": events.CANCEL,
    "EX-MENU-V1": files.example(1),
    "EX-MENU-V2": files.example(2),
    "EX-WH-NEW": orders.example("NEW"),
    "EX-WH-NEW-DRIVE": orders.example("NEW-DRIVE"),
    "EX-WH-NEW-DELIVERY": orders.example("NEW-DELIVERY"),
    "EX-WH-CXL": orders.example("CXL"),
    "EX-WH-STORE": orders.example("STORE"),
    "EX-WH-DLV": orders.example("DLV"),
}
HERE = {"EX-TOK-REQ", "EX-TOK-REFRESH", "EX-TOK", "EX-LOC", "EX-CON-REQ", "EX-CON", "EX-ERR"}


def contract() -> dict[str, list[dict[str, Any]]]:
    """Return the bodies of section 4.8 by name; only EX-ERR has several."""
    section = _CONTRACT.read_text().partition("## 4.8 ")[2].partition("\n## ")[0]
    found: dict[str, list[dict[str, Any]]] = {}
    waiting: list[str] = []
    key = ""
    for name, body in re.findall(r"\b(EX-[A-Z0-9-]+)\b|```json\n(.*?)```", section, re.DOTALL):
        if name:
            waiting.append(name)
        else:
            key = waiting.pop(0) if waiting else key
            found.setdefault(key, []).append(json.loads(body))
    return found


EXAMPLES = contract()


def test_every_example_is_played_by_a_test():
    assert set(EXAMPLES) == {*PLAYED, *HERE}
    assert {name: len(bodies) for name, bodies in EXAMPLES.items() if len(bodies) > 1} == {
        "EX-ERR": 3
    }


@pytest.mark.parametrize("name", PLAYED)
def test_what_the_tests_play_is_the_contracts_text(name):
    assert [PLAYED[name]] == EXAMPLES[name]


@pytest.mark.django_db
def test_the_token_requests_are_answered_with_the_fields_of_the_example(
    role, browser_client, owner
):
    (first,), (second,), (wanted,) = (
        EXAMPLES[name] for name in ("EX-TOK-REQ", "EX-TOK-REFRESH", "EX-TOK")
    )
    ours = {"client_id": CLIENT_ID, "client_secret": SECRET}
    code = allow(browser_client(owner), BASE, client_id=CLIENT_ID)
    granted = ask_for_tokens({**first, **ours, "code": code}, base=BASE)
    token = {"refresh_token": granted.json()["refresh_token"]}
    refreshed = ask_for_tokens({**second, **ours, **token}, base=BASE)
    for answer in (granted, refreshed):
        assert answer.status_code == 200
        assert answer.json().keys() == wanted.keys()
        assert {name: type(value) for name, value in answer.json().items()} == {
            name: type(value) for name, value in wanted.items()
        }
        assert (answer.json()["token_type"], answer.json()["scope"]) == ("Bearer", SCOPES)


@pytest.mark.django_db
def test_stores_and_their_connection_are_those_of_the_examples(channel, merchant):
    (listed,) = EXAMPLES["EX-LOC"]
    airport = listed["locations"][1]
    new_store(merchant, provider_id=airport["provider_id"], name=airport["name"],
              **airport["address"])  # fmt: skip
    by_id = {one["provider_id"]: one for one in channel.get("/locations").json()["locations"]}
    assert by_id == {one["provider_id"]: one for one in listed["locations"]}
    answer = channel.send("POST", "/locations/connection", EXAMPLES["EX-CON-REQ"][0])
    assert (answer.status_code, answer.json()) == (200, EXAMPLES["EX-CON"][0])
    assert Store.objects.get(provider_id="str_8H2K").connected_at is not None


@pytest.mark.django_db
def test_errors_have_the_codes_and_the_form_of_the_examples(channel, store):
    unknown, ended, missing = EXAMPLES["EX-ERR"]
    file = files.example(1)
    groups = file["menus"][0]["categories"][0]["items"][0]["modifier_groups"]
    groups[0]["modifiers"] = groups[0]["modifiers"][:1]
    go_live(store, file)
    bacon = {
        "items": [],
        "variations": [],
        "modifiers": events.UPDATE["object_updates"]["modifiers"],
    }
    answer = channel.event({**events.UPDATE, "object_updates": bacon})
    assert (answer.status_code, answer.json()) == (404, unknown)
    answer = channel.event({**events.CANCEL, "order_id": None})
    assert (answer.status_code, answer.json()) == (400, missing)
    AccessToken.objects.update(expires=timezone.now())
    answer = Channel(channel.headers["HTTP_AUTHORIZATION"].split()[1]).get("/locations")
    assert (answer.status_code, answer.json()["error"]) == (401, ended["error"])
    assert answer.json().keys() == ended.keys()
