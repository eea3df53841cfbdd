"""The ticket on the 80 mm roll of a kitchen printer, as a real browser prints it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from orders.models import Order
from tests.orders.support.board_pages import action_url, board_order, line
from tests.stream_pos.browser.test_staff_tasks import ARGUMENTS
from tests.support import factories, services

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MM_PER_POINT = 25.4 / 72
BOX = re.compile(rb"/MediaBox\s*\[\s*([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+)\s*\]")
# Whether each text lies within the page's printable width.
CUT = """() => {
    const paper = document.querySelector(".paper");
    const walker = document.createTreeWalker(paper, NodeFilter.SHOW_TEXT);
    const cut = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const range = document.createRange();
        range.selectNodeContents(node);
        for (const box of range.getClientRects())
            if (box.left < -0.5 || box.right > document.documentElement.clientWidth + 0.5)
                cut.push(node.data);
    }
    return cut;
}"""


@pytest.fixture
def order(db: None) -> Order:
    """A delivery with everything that a ticket may hold, and words that are wider than it."""
    place = factories.location(factories.merchant(), name="Downtown")
    made = board_order(
        place,
        source="a_channel_with_a_very_long_name",
        fulfillment_type="merchant_managed_delivery",
        customer_name="Bartholomew" * 8,
        customer_phone="+15550100100",
        details={
            "customers": [{"id": "c1", "name": "Ann"}, {"id": "c2", "name": "Bob"}],
            "delivery_address": {"street": "1 Main St", "city": "Taumatawhakatangihanga" * 4},
            "special_instructions": "W" * 120,
        },
    )
    for position in range(6):
        line(made, "Donaudampfschifffahrt" * 3, position, depth=min(position, 4), customer_id="c1")
    line(made, "Soda", 6, customer_id="c2", special_instructions="no ice")
    return made


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def page(request: Any, order: Order, live_server: Any, monkeypatch: Any) -> Iterator[Any]:
    services.require("Chromium")
    from playwright.sync_api import sync_playwright

    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    cookie = session_of(factories.user(order.merchant, "kitchen"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=services.CHROMIUM, args=ARGUMENTS)
        context = browser.new_context(java_script_enabled=request.param)
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
        )
        opened = context.new_page()
        opened.goto(f"{live_server.url}{action_url('ticket', order)}")
        yield opened
        browser.close()


def session_of(user: Any) -> str:
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.save()
    assert store.session_key is not None
    return store.session_key


def pages_in_mm(pdf: bytes) -> list[tuple[float, float]]:
    """Return width and length of each page of the PDF."""
    return [
        (round(float(right) * MM_PER_POINT), round(float(top) * MM_PER_POINT))
        for _left, _bottom, right, top in BOX.findall(pdf)
    ]


def test_the_ticket_is_80_mm_wide_and_one_page_as_long_as_its_text(page, order, request):
    has_scripts = "without" not in request.node.name
    pages = pages_in_mm(page.pdf(prefer_css_page_size=True))
    assert {width for width, _length in pages} == {80}
    if has_scripts:
        assert len(pages) == 1
        page.emulate_media(media="print")
        page.set_viewport_size({"width": 280, "height": 600})  # 74 mm.
        text_mm = page.evaluate("document.querySelector('.paper').scrollHeight") * 25.4 / 96
        assert 0 <= pages[0][1] - text_mm < 20
        assert page.evaluate(CUT) == []
    else:
        assert {length for _width, length in pages} == {200}


def test_a_ticket_of_two_words_is_not_turned(page, order, request):
    Order.objects.filter(pk=order.pk).update(customer_name="", details={}, source="")
    order.lines.all().delete()
    page.reload()
    assert pages_in_mm(page.pdf(prefer_css_page_size=True))[0][0] == 80
