"""Building and sorting a menu in a real Chromium."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from catalog import models, tasks
from integration.oauth.client import ensure_stream_application
from tests.support import factories, services

from .test_staff_tasks import ARGUMENTS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def merchant(db: None) -> Any:
    ensure_stream_application()  # Transactional tests empty the database.
    return factories.merchant()


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch, live_server: Any, merchant: Any) -> Iterator[Any]:
    """A browser signed in as a manager; any page error fails the test."""
    services.require("Chromium")
    from playwright.sync_api import sync_playwright

    factories.user(merchant, "manager", email="manager@example.com")
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=services.CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1280, "height": 900}, base_url=live_server.url)
        page.set_default_timeout(60_000)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto("/admin/")
        page.get_by_label("E-mail").fill("manager@example.com")
        page.get_by_label("Password").fill(factories.PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/admin/")
        yield page
        browser.close()
    assert errors == []


def _add(page: Any, rows: str, index: int, **fields: str) -> None:
    """Add and fill in a new inline row."""
    page.locator(f"#{rows}-group").get_by_text("Add another").click()
    for name, value in fields.items():
        page.fill(f"#id_{rows}-{index}-{name}", value)


def _save(page: Any) -> None:
    """Save, retrying when the page asks for it: SQLite in tests does not wait for locks."""
    from playwright.sync_api import TimeoutError as PlaywrightTimeout

    saved, refused = (page.get_by_text(text) for text in ("was added successfully", "Try again"))
    for _ in range(3):
        page.get_by_role("button", name="Save", exact=True).click()
        try:
            saved.or_(refused).first.wait_for(timeout=20_000)
        except PlaywrightTimeout as error:
            raise AssertionError(page.locator("body").inner_text()) from error
        if saved.is_visible():
            return
    raise AssertionError("Saving was refused three times.")


def test_a_manager_builds_a_menu_by_following_the_steps_on_the_start_page(
    page: Any, merchant: Any
) -> None:
    location = factories.location(merchant, provider_id="loc_1")

    page.get_by_role("link", name="Enter your tax").click()
    page.fill("#id_name", "Sales tax")
    page.fill("#id_rate", "8.25")
    page.locator("#id_is_default").check(force=True)
    _save(page)

    page.goto("/admin/")
    page.get_by_role("link", name="Create a category").click()
    page.fill("#id_name", "Burgers")
    _add(page, "family_links", 0, new_name="Veggie", new_price="8.50")
    _save(page)

    page.goto("/admin/catalog/modifiergroup/add/")
    page.fill("#id_name", "Extras")
    for index, (name, price) in enumerate([("Cheese", "1"), ("Bacon", "1.50"), ("Egg", "2")]):
        _add(page, "modifier_links", index, new_name=name, new_price=price)
    _save(page)

    page.goto("/admin/catalog/itemfamily/add/")
    page.fill("#id_name", "Classic")
    _add(page, "items", 0, name="Single", price_amount="9.50")
    _add(page, "items", 1, name="Double", price_amount="12")
    _add(page, "group_links", 0)
    _choose(page, "group_links-0-group", "Extras")
    _add(page, "category_links", 0)
    _choose(page, "category_links-0-category", "Burgers")
    _save(page)
    _fits_on_a_phone(page, models.ItemFamily.objects.get(name="Classic"))

    page.goto("/admin/")
    page.get_by_role("link", name="Put the categories on a menu").click()
    page.fill("#id_name", "All day")
    _add(page, "category_links", 0)
    _choose(page, "category_links-0-category", "Burgers")
    _save(page)

    page.goto(f"/admin/catalog/location/{location.pk}/as-stream-sees-it/")
    assert page.locator(".sp-dish h3").all_inner_texts() == ["Veggie", "Classic"]
    prices = page.locator(".sp-dish").nth(1).locator(".sp-sizes > li > .sp-price")
    assert prices.all_text_contents()[:2] == ["9.50 USD", "12.00 USD"]
    page.get_by_text("Extras", exact=True).click()
    assert page.get_by_text("Bacon", exact=True).is_visible()
    page.goto("/admin/")
    assert page.get_by_text("Begin here").count() == 0


def _fits_on_a_phone(page: Any, family: models.ItemFamily) -> None:
    """Check that neither the page nor the rows of its groups scroll horizontally."""
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/admin/catalog/itemfamily/{family.pk}/change/")
    rows = page.locator("#group_links-group .simplebar-content-wrapper")
    for element in (page.locator("#main"), rows):
        assert element.evaluate("e => e.scrollWidth - e.clientWidth") == 0
    page.set_viewport_size({"width": 1280, "height": 900})


def _choose(page: Any, field: str, name: str) -> None:
    page.locator(f"#id_{field} + .select2").click()
    page.locator(".select2-results__option", has_text=name).click()


def test_the_last_of_300_families_can_be_dragged_before_two_others(
    page: Any, merchant: Any
) -> None:
    families = [factories.family(merchant, name=f"Dish {n:03}") for n in range(300)]
    category = factories.category(merchant, *families)

    page.goto(f"/admin/catalog/category/{category.pk}/change/")
    rows = page.locator("#family_links-group tbody.original")
    assert rows.count() == 300
    _drag(page, rows.nth(299), onto=rows.nth(297))
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("was changed successfully").wait_for()

    placed = models.CategoryFamily.objects.filter(category=category).order_by("position")
    names = list(placed.values_list("family__name", flat=True))
    assert names == [f"Dish {n:03}" for n in (*range(297), 299, 297, 298)]
    tasks.refresh(merchant.pk)


def _drag(page: Any, row: Any, *, onto: Any) -> None:
    """Drag with the mouse in small steps, as a person would."""
    handle = row.locator(".cursor-move").first
    handle.scroll_into_view_if_needed()
    page.mouse.wheel(0, 400)
    page.wait_for_timeout(300)
    start = handle.bounding_box()
    end = onto.bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(start["x"] + 20, start["y"] - 10, steps=5)
    page.mouse.move(end["x"] + 40, end["y"] + 4, steps=20)
    page.mouse.up()
