"""Open pages after a new sign-in, in a real browser: every press works, or says why not."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.sessions.models import Session

from catalog.models import Location
from orders.models import Driver, Order
from orders.states import State
from tests.orders.board.test_browser import chromium
from tests.orders.support.board_pages import board_order
from tests.orders.support.deliveries import driver, own
from tests.support import factories

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SOON = 20_000  # Milliseconds.

__all__ = ["chromium"]


@pytest.fixture
def place(db: None) -> Location:
    merchant = factories.merchant()
    factories.user(merchant, "owner", email="owner@example.com")
    factories.user(merchant, "kitchen", email="cook@example.com")
    return factories.location(
        merchant, provider_id="loc_downtown", name="Downtown", acceptance_mode="manual"
    )


@pytest.fixture
def browser(chromium: Any, live_server: Any) -> Iterator[Any]:
    """One browser, whose tabs share cookies."""
    context = chromium.new_context(
        base_url=live_server.url, viewport={"width": 1280, "height": 900}
    )
    context.set_default_timeout(SOON)
    yield context
    context.close()


def sign_in(tab: Any, address: str, email: str = "owner@example.com") -> Any:
    tab.goto(f"/account/sign-in/?next={address}")
    tab.get_by_label("E-mail").fill(email)
    tab.get_by_label("Password").fill(factories.PASSWORD)
    tab.get_by_role("button", name="Sign in").click()
    tab.wait_for_load_state()
    return tab


def state_of(order: Order) -> str:
    order.refresh_from_db()
    return str(order.state)


def test_every_press_works_after_a_new_sign_in_in_a_second_tab(
    browser: Any, place: Location
) -> None:
    first, second = (
        board_order(place, state=State.PENDING, dsp_order_number=number)
        for number in ("A-1", "B-2")
    )
    board = sign_in(browser.new_page(), "/board/")
    board.get_by_role("button", name="Reject B-2").click()
    board.locator("#dialog").get_by_label("In your words").fill("Sold out of noodles")
    sign_in(browser.new_page(), "/account/")

    board.locator("#dialog").get_by_role("button", name="Reject").click()
    board.locator("#dialog").wait_for(state="hidden")
    board.get_by_role("button", name="Accept A-1, 15 min", exact=True).click()
    board.locator("#column-progress .order", has_text="A-1").wait_for()

    assert [state_of(first), state_of(second)] == [State.IN_PROGRESS, State.REJECTED]
    history = [f"{event.what} {event.details}" for event in second.history.all()]
    assert any("Sold out of noodles" in line for line in history)


def test_a_press_after_the_session_has_ended_is_repeated_after_signing_in_on_the_page(
    browser: Any, place: Location
) -> None:
    order = board_order(place, state=State.PENDING, dsp_order_number="A-1")
    board = sign_in(browser.new_page(), "/board/")
    board.evaluate("window.stayed = true")
    Session.objects.all().delete()

    board.get_by_role("button", name="Accept A-1, 15 min", exact=True).click()
    dialog = board.locator("#sign-in")
    dialog.get_by_label("Password").fill("wrong")
    dialog.get_by_role("button", name="Sign in").click()
    dialog.get_by_role("alert").wait_for()
    assert state_of(order) == State.PENDING
    dialog.get_by_label("Password").fill(factories.PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()

    board.locator("#column-progress .order", has_text="A-1").wait_for()
    assert state_of(order) == State.IN_PROGRESS
    assert not dialog.is_visible()
    assert not board.locator("#signed-out").is_visible()
    assert board.evaluate("window.stayed") is True


def test_a_press_is_not_done_under_the_name_of_another_person(
    browser: Any, place: Location
) -> None:
    order = board_order(place, state=State.PENDING, dsp_order_number="A-1")
    board = sign_in(browser.new_page(), "/board/")
    sign_in(browser.new_page(), "/account/", "cook@example.com")

    board.get_by_role("button", name="Accept A-1, 15 min", exact=True).click()

    board.locator("#other-person").wait_for()
    assert board.locator("#other-person").text_content().split()[:2] == ["Another", "person"]
    assert state_of(order) == State.PENDING


def test_drivers_are_assigned_after_a_new_sign_in(browser: Any, place: Location) -> None:
    driver(place.merchant)
    order = own(place)
    page = sign_in(browser.new_page(), "/dispatch/")
    sign_in(browser.new_page(), "/account/")

    page.get_by_label(f"Choose {order.dsp_order_number}").check()
    page.get_by_label("Driver", exact=True).select_option(label="Sam")
    page.get_by_role("button", name="Assign", exact=True).click()

    page.get_by_text("Sam delivers").first.wait_for()
    assert order.assignments.get().driver.name == "Sam"


def test_a_form_of_an_old_tab_is_sent_again_with_everything_typed(
    browser: Any, place: Location
) -> None:
    old = sign_in(browser.new_page(), "/dispatch/drivers/?location=loc_downtown")
    sign_in(browser.new_page(), "/account/")

    old.get_by_label("Driver's name").fill("Dana Driver")
    old.get_by_label("Phone").fill("+1 212 555 0100")
    old.get_by_role("button", name="Add", exact=True).click()
    old.get_by_role("button", name="Send it again").click()
    old.wait_for_load_state()

    assert Driver.objects.get().name == "Dana Driver"
