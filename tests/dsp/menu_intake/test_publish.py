"""A published menu goes live: events over HTTP, files from a server (contract DSP-EV-PUBLISH)."""

import gzip
import json
import zlib

import msgspec
import pytest

from dsp.menu_intake import guest_body, object_ids, reading, worker
from dsp.menus.schema import PublishedMenu
from dsp.models import AvailabilityChange, MenuContent, ReceivedEvent, ReceivedMenu, Store
from integration.models import Alarm
from tests.dsp.menus.files import example
from tests.dsp.support.file_server import answer
from tests.dsp.support.publishing import Publisher

pytestmark = pytest.mark.django_db

Verdict = ReceivedMenu.Verdict


def _live():
    return Store.objects.get(provider_id="str_8H2K").live_menu


@pytest.mark.parametrize("version", [1, 2])
def test_the_examples_of_the_contract_go_live(channel, files, store, version, woken):
    publisher = Publisher(channel, files, store)  # In a process of its own.
    menu = publisher.announce(example(version))
    assert (menu.verdict, menu.arrival) == (Verdict.WAITING, ReceivedEvent.objects.get().pk)
    assert menu.shown_address == f"{files.origin}/71.json"
    menu = publisher.take()
    assert (menu.verdict, menu.number, menu.version, menu.reason) == (Verdict.LIVE, 1, version, "")
    assert (menu.currency, menu.prep_time_minutes) == ("usd", 15)
    assert menu.counts == {"menus": 1, "families": 1, "variations": 2, "modifiers": 3}
    assert (menu.sealed_address, menu.claim, menu.left_out, menu.changes) == (None, None, [], [])
    assert _live() == menu
    assert files.requests[0][0] == "/71.json?X-Amz-Signature=0f1e"
    sent = {name.lower() for name in files.requests[0][1]}
    assert sent == {"host", "accept", "accept-encoding", "user-agent", "connection"}
