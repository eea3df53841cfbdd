"""The board in real browsers: two people on one order, and a lost connection."""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

from catalog.models import Location
from integration.models import User
from orders.models import Order
from orders.states import State
from tests.orders.support.board_pages import board_order, line
from tests.orders.support.stream_orders import make_menu
from tests.orders.support.stream_orders import order as sent
from tests.stream_pos.browser.test_staff_tasks import ARGUMENTS
from tests.support import factories, services
from tests.support.stream import BASE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SOON = 8_000  # Milliseconds; a poll takes two seconds, sometimes more on a busy machine.


@pytest.fixture
def chromium(monkeypatch: pytest.MonkeyPatch, live_server: Any) -> Iterator[Any]:
    services.require("Chromium")
    from playwright.sync_api import sync_playwright

    # Playwright runs an event loop in this thread; our queries still run in it one by one.
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=services.CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def restaurant(db: None) -> tuple[Location, User]:
    """A connected location whose staff accept orders themselves."""
    merchant = factories.merchant()
    make_menu(merchant)
    place = factories.location(
        merchant, provider_id="loc_downtown", name="Downtown", acceptance_mode="manual"
    )
    owner = factories.user(merchant, "owner", email="owner@example.com")
    return place, owner


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """Errors reported by the browsers; a test that expects some clears the list."""
    errors: list[str] = []
    yield errors
    assert errors == []


@pytest.fixture
def staff(chromium: Any, live_server: Any, restaurant: Any, complaints: list[str]) -> Any:
    """Open the board in a new, signed-in browser."""

    def opened(width: int = 1280, **options: Any) -> Any:
        page = chromium.new_page(viewport={"width": width, "height": 900}, **options)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda message: complaints.append(message.text) if message.type == "error" else None,
        )
        page.goto(f"{live_server.url}/board/")
        page.get_by_label("E-mail").fill("owner@example.com")
        page.get_by_label("Password").fill(factories.PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_selector("#orders")
        page.wait_for_load_state()  # The script listens to keys from then on.
        if options.get("java_script_enabled", True):
            page.evaluate("window.stayed = true")  # Gone after a reload.
        return page

    return opened


def column(page: Any, name: str, number: str = "A-77") -> Any:
    return page.locator(f"#column-{name} .order", has_text=number)


def wait_in(page: Any, name: str, number: str = "A-77") -> None:
    column(page, name, number).wait_for(timeout=SOON)


def test_one_person_works_on_an_order_while_another_watches(
    staff: Any, live_server: Any, restaurant: Any
) -> None:
    place, owner = restaurant
    token = factories.access_token(owner)
    factories.connect(place)
    cook, watcher = staff(), staff(width=820)

    body = {"type": "order.created", "object": sent(dsp_order_number="A-77", source="uber")}
    answer = cook.request.post(
        f"{live_server.url}{BASE}/orders",
        data=json.dumps(body),
        headers={"Authorization": f"Bearer {token.raw}", "Content-Type": "application/json"},
    )
    assert answer.json()["order"]["async_acceptance"] is True

    for page in (cook, watcher):
        wait_in(page, "new")
    assert watcher.title() == "(1) Board · Stream POS"
    assert watcher.locator("#announce").text_content() == "New order: A-77, Uber Eats"
    for button, now in [
        ("Accept A-77, 20 min", "progress"),
        ("Ready A-77", "ready"),
        ("Complete A-77", "done"),
    ]:
        cook.get_by_role("button", name=button, exact=True).click()
        for page in (cook, watcher):
            wait_in(page, now)
    assert watcher.title() == "Board · Stream POS"
    assert [page.evaluate("window.stayed") for page in (cook, watcher)] == [True, True]
    order = Order.objects.get()
    assert order.state == State.COMPLETED
    assert [event.what for event in order.history.all()] == [
        "Order received, waits for a decision",
        "Accepted",
        "Moved to Ready for pickup",
        "Moved to Completed",
    ]


def test_polls_do_not_disturb_the_reject_and_cancel_dialogs(
    staff: Any, restaurant: Any, complaints: list[str]
) -> None:
    place, _ = restaurant
    board_order(place, state=State.PENDING, dsp_order_number="A-77")
    page = staff(width=390)
    page.get_by_role("button", name="Reject A-77").click()
    dialog = page.locator("#dialog")
    words = dialog.get_by_label("In your words")
    words.fill("Sold")
    board_order(place, dsp_order_number="B-2")
    wait_in(page, "progress", "B-2")
    assert page.evaluate("document.activeElement.name") == "reason"
    words.press_sequentially(" out")
    assert words.input_value() == "Sold out"
    dialog.get_by_role("button", name="Reject").click()
    wait_in(page, "done")
    assert not dialog.is_visible()

    page.get_by_role("button", name="Cancel B-2").click()
    dialog.get_by_label("Another reason").check()
    dialog.get_by_role("button", name="Cancel the order").click()
    dialog.get_by_text("Enter the reason.").wait_for(timeout=SOON)
    dialog.get_by_label("In your words").fill("Power is out")
    dialog.get_by_role("button", name="Cancel the order").click()
    wait_in(page, "canceled", "B-2")
    page.get_by_role("button", name="Seen B-2").click()
    wait_in(page, "done", "B-2")
    rejected, canceled = [
        order.history.first() for order in Order.objects.order_by("dsp_order_number")
    ]
    assert rejected.details["reason"] == "Sold out"
    assert canceled.details["reason"] == "Power is out"
    assert [error for error in complaints if "422" not in error] == []
    complaints.clear()


def test_a_lost_connection_is_shown_and_recovered(
    staff: Any, restaurant: Any, complaints: list[str]
) -> None:
    place, _ = restaurant
    page = staff()
    lost = page.get_by_role("alert").filter(has_text="No connection.")
    assert not lost.is_visible()
    page.context.set_offline(True)
    lost.wait_for(timeout=15_000)
    board_order(place, dsp_order_number="A-77")
    page.context.set_offline(False)
    wait_in(page, "progress")
    lost.wait_for(state="hidden", timeout=SOON)
    assert page.evaluate("window.stayed") is True
    assert complaints
    complaints.clear()  # The browser's own messages about failed requests.


def test_a_signed_out_person_is_asked_to_sign_in_next_to_the_board(
    staff: Any, restaurant: Any, complaints: list[str]
) -> None:
    place, _ = restaurant
    board_order(place, dsp_order_number="A-77")
    page = staff()
    wait_in(page, "progress")
    page.context.clear_cookies(name="sessionid")
    again = page.get_by_role("link", name="Sign in again")
    again.wait_for(timeout=SOON)
    assert column(page, "progress").is_visible()
    assert again.get_attribute("href") == "/account/sign-in/?next=/board/"
    complaints.clear()


def test_the_keyboard_alone_is_enough(staff: Any, restaurant: Any) -> None:
    place, _ = restaurant
    board_order(place, dsp_order_number="A-77")
    board_order(place, dsp_order_number="B-2", state=State.READY_FOR_PICKUP)
    page = staff()
    wait_in(page, "ready", "B-2")
    focused = "document.activeElement.dataset.number"
    page.keyboard.press("j")
    assert page.evaluate(focused) == "A-77"
    page.keyboard.press("ArrowRight")
    assert page.evaluate(focused) == "B-2"
    page.keyboard.press("k")
    page.keyboard.press("d")
    wait_in(page, "ready")
    page.wait_for_function(f"() => {focused} === 'A-77'", timeout=SOON)
    page.keyboard.press("c")
    wait_in(page, "done")
    page.keyboard.press("?")
    assert page.locator("#keys").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("b-2")
    column(page, "done").wait_for(state="hidden", timeout=SOON)
    page.wait_for_timeout(2_000)  # A poll does not bring it back.
    assert not column(page, "done").is_visible()
    assert column(page, "ready", "B-2").is_visible()


def test_a_dish_is_switched_off_from_its_line_and_back_on(staff: Any, restaurant: Any) -> None:
    place, _ = restaurant
    line(board_order(place), "Cheeseburger", provider_id="fam_burger")
    page = staff()
    page.get_by_role("button", name="Switch off: Cheeseburger").click()
    dialog = page.locator("#dialog")
    dialog.get_by_role("button", name="Off until switched back on").click()
    dialog.get_by_text("Cheeseburger is off at Downtown until you switch it on.").wait_for()
    dialog.get_by_role("button", name="Back on Cheeseburger").click()
    dialog.get_by_text("Everything is available.").wait_for(timeout=SOON)
    dialog.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Pause", exact=True).click()
    dialog.get_by_role("button", name="30 minutes").click()
    dialog.get_by_role("button", name="Resume", exact=True).wait_for(timeout=SOON)
    dialog.get_by_role("button", name="Close").click()
    page.get_by_text("Paused: not accepting orders.").wait_for(timeout=SOON)


def test_the_browser_remembers_the_sound_setting(staff: Any, restaurant: Any) -> None:
    place, _ = restaurant
    page = staff()
    page.get_by_role("button", name="Enable sound").click()
    page.get_by_role("button", name="Sound is on").wait_for(timeout=SOON)
    order = board_order(place, state=State.PENDING, dsp_order_number="A-77")
    wait_in(page, "new")
    assert page.locator(".board").get_attribute("data-rang") == "new"
    order.state = State.DSP_CANCELED
    order.save()
    wait_in(page, "canceled")
    assert page.locator(".board").get_attribute("data-rang") == "canceled"
    page.reload()
    page.locator("h1").click(force=True)
    page.get_by_role("button", name="Sound is on").wait_for(timeout=SOON)


def test_without_javascript_an_action_returns_to_the_board(staff: Any, restaurant: Any) -> None:
    place, _ = restaurant
    board_order(place, state=State.PENDING, dsp_order_number="A-77")
    page = staff(java_script_enabled=False)
    page.get_by_role("button", name="Accept A-77, +10 25 min", exact=True).click()
    page.get_by_role("button", name="Cancel A-77").click()
    page.get_by_label("The customer asked for it").check()
    page.get_by_role("button", name="Cancel the order").click()
    page.get_by_role("button", name="Seen A-77").click()
    assert column(page, "done").is_visible()
    assert page.url.endswith(f"/board/#order-{Order.objects.get().pk}")
