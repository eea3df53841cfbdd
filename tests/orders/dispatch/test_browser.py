"""The dispatch page in a real browser: choices outlive updates, and the keyboard is enough."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from integration.oauth.client import ensure_stream_application
from orders.models import DriverAssignment
from tests.orders.support.deliveries import driver, followed, own
from tests.stream_pos.browser.test_staff_tasks import ARGUMENTS
from tests.support import factories, services

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SOON = 12_000  # Milliseconds; a poll takes three seconds, sometimes more on a busy machine.


@pytest.fixture
def place(db: None) -> Any:
    ensure_stream_application()  # Transactional tests empty the database.
    merchant = factories.merchant()
    factories.user(merchant, "manager", email="manager@example.com")
    driver(merchant)
    return factories.location(merchant, provider_id="loc_downtown")


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch, live_server: Any, place: Any) -> Iterator[Any]:
    """A phone signed in as a manager; any error of the page fails the test."""
    services.require("Chromium")
    from playwright.sync_api import sync_playwright

    followed(place)
    own(place)
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=services.CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 390, "height": 844}, base_url=live_server.url)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto("/dispatch/")
        page.get_by_label("E-mail").fill("manager@example.com")
        page.get_by_label("Password").fill(factories.PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_selector("#orders")
        page.wait_for_load_state()
        page.evaluate("window.stayed = true")  # Gone after a reload.
        yield page
        browser.close()
    assert errors == []


def wait_in(page: Any, name: str, number: str) -> None:
    page.locator(f"#column-{name} .order", has_text=number).first.wait_for(timeout=SOON)


def test_a_choice_outlives_updates_and_goes_to_one_driver(page: Any, place: Any) -> None:
    for number in ("F-1", "A-1"):
        page.get_by_label(f"Choose {number}").check()
    followed(place, "F-2")
    wait_in(page, "unassigned", "F-2")
    assert page.get_by_label("Choose F-1").is_checked()
    assert not page.get_by_label("Choose F-2").is_checked()
    assert page.locator("[data-count]").text_content() == "2 chosen"
    page.get_by_label("Driver", exact=True).select_option(label="Sam")
    page.get_by_role("button", name="Assign", exact=True).click()
    page.get_by_text("Sam delivers 2 orders.").wait_for(timeout=SOON)
    for number in ("F-1", "A-1"):
        wait_in(page, "assigned", number)
    assert not page.get_by_label("Choose F-1").is_checked()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.evaluate("window.stayed") is True


def test_the_keyboard_alone_is_enough(page: Any, place: Any) -> None:
    page.keyboard.press("j")
    page.keyboard.press("s")
    page.keyboard.press("a")
    assert page.evaluate("document.activeElement.id") == "driver"
    page.keyboard.type("Sam")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator("#column-assigned .order").wait_for(timeout=SOON)
    number = page.locator("#column-assigned .order").get_attribute("data-number")
    page.locator("#column-assigned .order").focus()
    page.keyboard.press("o")
    wait_in(page, "out", number)
    page.locator("#column-out .order").focus()
    page.keyboard.press("c")
    wait_in(page, "delivered", number)
    row = DriverAssignment.objects.get()
    assert (row.out_at is not None, row.delivered_at is not None) == (True, True)


def test_a_lost_connection_is_shown_and_recovered(page: Any, place: Any) -> None:
    lost = page.get_by_role("alert").filter(has_text="No connection.")
    page.context.set_offline(True)
    lost.wait_for(timeout=20_000)
    followed(place, "F-2")
    page.context.set_offline(False)
    wait_in(page, "unassigned", "F-2")
    lost.wait_for(state="hidden", timeout=SOON)
    assert page.evaluate("window.stayed") is True
