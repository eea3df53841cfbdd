"""The week grid in a real Chromium: mouse, keyboard, touch, and without JavaScript."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from catalog.models import Location
from tests.support import factories, services

from .test_staff_tasks import ARGUMENTS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HOURS = {"monday": ["09:00-12:00"], "tuesday": ["18:00-23:59"]}


@pytest.fixture
def location(db: None) -> Location:
    return factories.location(factories.merchant(), hours=HOURS)


@pytest.fixture
def visit(monkeypatch: Any, live_server: Any, location: Location) -> Iterator[Any]:
    """Open the location's page as its owner; any page error fails the test."""
    from playwright.sync_api import sync_playwright

    services.require("Chromium")
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    client = Client()
    client.force_login(
        factories.user(location.merchant), backend="django.contrib.auth.backends.ModelBackend"
    )
    session = {"name": "sessionid", "value": client.cookies["sessionid"].value}
    errors: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=services.CHROMIUM, args=ARGUMENTS)

        def open_page(without: str = "", **options: Any) -> Any:
            context = browser.new_context(viewport={"width": 1280, "height": 1000}, **options)
            context.add_cookies([{**session, "url": live_server.url}])
            page = context.new_page()
            if without:
                page.route(without, lambda route: route.fulfill(content_type="text/javascript"))
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.goto(f"{live_server.url}/admin/catalog/location/{location.pk}/change/")
            return page

        yield open_page
        browser.close()
    assert errors == []


def field(page: Any, day: str) -> Any:
    return page.locator(f"input[name=week_{day}]")


def track(page: Any, day: str) -> Any:
    element = page.locator(f".sp-daily:has(input[name=week_{day}]) .sp-track")
    element.scroll_into_view_if_needed()
    page.evaluate("window.scrollBy(0, 200)")  # Out from under the button bar.
    return element


def drag(page: Any, day: str, start_hour: float, end_hour: float) -> None:
    box = track(page, day).bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * start_hour / 24, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * (start_hour + end_hour) / 48, y, steps=3)
    page.mouse.move(box["x"] + box["width"] * end_hour / 24, y, steps=3)
    page.mouse.up()


def save(page: Any, location: Location) -> dict[str, list[str]]:
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/admin/catalog/location/")
    location.refresh_from_db()
    return {day: windows for day, windows in location.hours.items() if windows}


def test_windows_are_drawn_moved_resized_and_removed_by_mouse(visit, location):
    page = visit()
    drag(page, "wednesday", 9, 17)  # New.
    assert field(page, "wednesday").input_value() == "09:00-17:00"
    drag(page, "wednesday", 11, 12.5)  # Moved.
    assert field(page, "wednesday").input_value() == "10:30-18:30"
    drag(page, "wednesday", 18.5, 24)  # Resized at its end.
    assert field(page, "wednesday").input_value() == "10:30-23:59"
    drag(page, "monday", 10, 23)  # Limited by the end of the day.
    assert field(page, "monday").input_value() == "21:00-23:59"
    box = track(page, "monday").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 8.5 / 24, box["y"] + 10)  # A click adds an hour.
    assert field(page, "monday").input_value() == "08:00-09:00, 21:00-23:59"
    page.get_by_role("button", name="Remove Tuesday 18:00–23:59").click()
    assert field(page, "tuesday").input_value() == ""
    assert save(page, location) == {
        "monday": ["08:00-09:00", "21:00-23:59"],
        "wednesday": ["10:30-23:59"],
    }


def test_windows_are_added_changed_and_removed_by_keyboard(visit, location):
    page = visit()
    page.get_by_role("button", name="Add a time on Monday").press("Enter")
    assert field(page, "monday").input_value() == "09:00-12:00, 13:00-17:00"
    start_slider = page.locator(":focus")
    assert start_slider.get_attribute("role") == "slider"
    start_slider.press("ArrowLeft")
    assert start_slider.get_attribute("aria-valuetext") == "12:45"
    for _ in range(6):
        start_slider.press("ArrowLeft")  # Stops at the previous window.
    assert field(page, "monday").input_value() == "09:00-12:00, 12:00-17:00"
    start_slider.press("Tab")
    page.keyboard.press("End")
    assert field(page, "monday").input_value() == "09:00-12:00, 12:00-23:59"
    page.get_by_role("slider", name="Tuesday, opens").press("Delete")
    assert field(page, "tuesday").input_value() == ""
    assert save(page, location) == {"monday": ["09:00-12:00", "12:00-23:59"]}


def test_days_are_copied_and_typed_hours_are_drawn(visit, location):
    page = visit()
    field(page, "monday").fill("8:00 – 10:30; 12:00-24:00")
    assert track(page, "monday").locator(".sp-block").count() == 2
    page.get_by_role("button", name="Copy Monday to weekdays").click()
    assert field(page, "friday").input_value() == "08:00-10:30, 12:00-23:59"
    assert field(page, "saturday").input_value() == ""
    page.get_by_role("button", name="Copy Saturday to all days").click()
    assert field(page, "tuesday").input_value() == ""
    page.get_by_role("button", name="Add a time on Sunday").click()
    assert save(page, location) == {"sunday": ["09:00-17:00"]}


def test_special_days_are_added_and_removed(visit, location):
    Location.objects.update(special_days={"2999-12-25": []})
    page = visit()
    page.get_by_role("button", name="Add a date").click()
    page.locator(":focus").fill("2999-12-31")
    page.locator("input[name=special_days_hours]").nth(1).fill("10:00-15:00")
    page.get_by_role("button", name="Remove this date").first.click()
    save(page, location)
    assert location.special_days == {"2999-12-31": ["10:00-15:00"]}
    page.go_back()
    page.reload()
    page.get_by_role("button", name="Remove this date").click()
    save(page, location)
    assert location.special_days == {}


def test_the_fields_and_bars_work_without_javascript(visit, location):
    page = visit(without="**/week*.js")
    assert field(page, "monday").input_value() == "09:00-12:00"
    assert page.locator(".sp-bars rect").count() == 2
    field(page, "monday").fill("10:00-11:00")
    page.locator("input[name=special_days_date]").fill("2999-12-31")
    assert save(page, location) == {"monday": ["10:00-11:00"], "tuesday": ["18:00-23:59"]}
    assert location.special_days == {"2999-12-31": []}


def test_a_tap_adds_a_window_and_scrolling_does_not(visit, location):
    page = visit(has_touch=True)
    box = track(page, "wednesday").bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] * 12.5 / 24, box["y"] + 10)
    assert field(page, "wednesday").input_value() == "12:00-13:00"
    touches = page.context.new_cdp_session(page)
    x, y = box["x"] + box["width"] * 18.5 / 24, box["y"] + 10
    for kind, moved in (("touchStart", 0), ("touchMove", 30), ("touchMove", 90), ("touchEnd", 0)):
        points = [] if kind == "touchEnd" else [{"x": x, "y": y - moved}]
        touches.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert field(page, "wednesday").input_value() == "12:00-13:00"
    assert save(page, location)["wednesday"] == ["12:00-13:00"]
