"""A guest's phone in a real Chromium: choices open, targets are large, the order follows itself."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from dsp.models import ChannelOrder
from dsp.order_page import follow
from tests.stream_pos.browser.test_staff_tasks import ARGUMENTS
from tests.support import services

from .guest import ORDER
from .test_follow import move

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SOON = 8_000  # Milliseconds.
# Links within a sentence may be smaller (WCAG 2.5.8); an option is hit by its whole label.
SMALL = """() => [...document.querySelectorAll("a, button, summary, input, label.option__pick")]
  .filter((one) => one.checkVisibility() && !one.closest(".visually-hidden, .skip-link"))
  .map((one) => one.closest("label.option__pick") || one.closest(".item") || one)
  .filter((one) => one.getBoundingClientRect().height < 44)
  .map((one) => one.outerHTML)"""
WIDER = """() => [...document.querySelectorAll("body *")]
  .filter((one) => !one.closest(".jump"))
  .filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth)
  .map((one) => one.outerHTML)"""


@pytest.fixture
def phone(monkeypatch: pytest.MonkeyPatch, live_server: Any, selling: Any) -> Iterator[Any]:
    """A page of a phone; any page or console error fails the test."""
    services.require("Chromium")
    from playwright.sync_api import sync_playwright

    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    monkeypatch.setattr(follow, "_SOON_SECONDS", 0.2)
    errors: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=services.CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(
            viewport={"width": 320, "height": 640}, base_url=live_server.url, locale="en-US"
        )
        page.route(lambda url: url.startswith("https:"), lambda route: route.abort())
        page.on("pageerror", lambda error: errors.append(str(error)))
        yield page
        browser.close()
    assert errors == []


def check(page: Any) -> None:
    """Check that a narrow phone needs no sideways scrolling and fingers find their targets."""
    page.wait_for_load_state()
    assert page.evaluate(WIDER) == []
    assert page.evaluate(SMALL) == []


def test_a_guest_orders_on_a_phone_and_watches_it_being_made(phone):
    phone.goto(ORDER)
    check(phone)
    phone.get_by_role("link", name="Burger").click()
    phone.get_by_label("Large").check()
    kind = phone.get_by_role("group", name="Kind of cheese")
    assert kind.is_visible()
    phone.get_by_role("checkbox", name="Cheese").uncheck()
    assert not kind.is_visible()
    phone.get_by_role("checkbox", name="Cheese").check()
    check(phone)
    phone.get_by_role("button", name="Add to order").click()
    phone.get_by_role("link", name="Your order: 1 item").click()
    check(phone)
    phone.get_by_role("link", name="Continue").click()
    phone.get_by_label("Your name").fill("Ann Lee")
    phone.get_by_label("Phone").fill("512 555 0100")
    check(phone)
    phone.get_by_role("button", name="Place the order").click()
    phone.get_by_text("Sending your order to the restaurant").wait_for()
    check(phone)

    phone.evaluate("window.stayed = true")
    phone.get_by_text("Cancel this order").click()
    move(ChannelOrder.objects.get(), "sent")
    phone.locator(".progress", has_text="Waiting for the restaurant").wait_for(timeout=SOON)
    assert "Waiting for the restaurant" in phone.get_by_role("status").inner_text()
    move(ChannelOrder.objects.get(), "ready_for_pickup")
    phone.locator(".progress", has_text="Your order is ready").wait_for(timeout=SOON)
    assert phone.evaluate("window.stayed")
