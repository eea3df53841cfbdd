"""axe-core over each page for guests, light and dark, in English and Spanish."""

from typing import Any

import pytest

from dsp.models import ChannelOrder, Store
from tests.dsp.menus.files import example
from tests.dsp.support.accessibility import SCHEMES, auditor
from tests.dsp.support.menus import NOON, go_live

from .guest import ORDER
from .test_follow import move

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def rich_menu() -> Any:
    """Return the contract's menu with a sold-out dish, alcohol and a dish of one size."""
    file = example(1)
    items = file["menus"][0]["categories"][0]["items"]
    sold_out = {**items[0], "stream_id": "s-fam-gone", "name": "Soup", "is_active": False}
    beer = {
        **items[0],
        "stream_id": "s-fam-beer",
        "name": "Beer",
        "is_alcohol": True,
        "modifier_groups": [],
        "variations": [{**items[0]["variations"][0], "stream_id": "s-var-beer"}],
    }
    file["menus"][0]["categories"][0]["items"] = [*items, sold_out, beer]
    return file


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_page_of_a_guest_is_without_findings(
    scheme, language, selling, live_server, monkeypatch
):
    go_live(selling, rich_menu())
    phone = {"viewport": {"width": 390, "height": 844}, "color_scheme": scheme}
    with auditor(monkeypatch, live_server.url, locale=f"{language}-US", **phone) as audit:
        page = audit.page
        audit.open(ORDER, "menu")
        for dish in ("s-fam-gone", "s-fam-beer", "s-fam-burger"):
            audit.open(f"{ORDER}dish/?id={dish}", dish)
        page.locator("button[type=submit], form button").last.click()
        page.goto(f"{ORDER}dish/?id=s-fam-beer")
        page.locator("button[type=submit], form button").last.click()
        audit.open(f"{ORDER}cart/", "cart")
        audit.open(f"{ORDER}details/", "details")
        page.evaluate("document.querySelectorAll('form').forEach((one) => (one.noValidate = true))")
        page.locator("form button").last.click()
        audit.audit("details with errors")
        page.locator("input[name=name]").fill("Ann Lee")
        page.locator("input[name=phone]").fill("512 555 0100")
        page.locator("input[name=of_age]").check()
        page.locator("form button").last.click()
        page.wait_for_url("**/placed/**")
        for state in ("placed", "accepted", "ready_for_pickup", "failed"):
            if state != "placed":
                move(ChannelOrder.objects.get(), state)
            page.reload()
            audit.audit(f"order {state}")
        Store.objects.update(own_paused_at=NOON)
        audit.open(ORDER, "paused menu")
        audit.open(f"{ORDER}cart/", "paused cart")
    assert audit.found == {}
    assert len(audit.audited) == 13
