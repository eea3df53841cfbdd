"""The page "As Stream sees it": the menu in the stored bytes."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog import models, tasks
from catalog.models import CatalogSnapshot
from integration.models import OutboundEvent
from tests.catalog.support import valid_menu
from tests.support import factories
from tests.support.markup import compact

EVERYWHERE = "/admin/catalog/menu/as-stream-sees-it/"


@pytest.fixture
def client(browser_client: Any, owner: Any) -> Any:
    return browser_client(owner)


def address(location: Any) -> str:
    return f"/admin/catalog/location/{location.pk}/as-stream-sees-it/"


def look(client: Any, location: Any, **query: str) -> str:
    return str(see(client, location, **query).content.decode())


def see(client: Any, location: Any, **query: str) -> Any:
    answer = client.get(address(location), query)
    assert answer.status_code == 200
    return answer


def dishes(answer: Any) -> list[str]:
    return [family["name"] for family in answer.context["families"]]


def test_it_shows_menus_with_hours_categories_families_sizes_and_nested_groups(
    client, merchant, location
):
    valid_menu.make(merchant)
    models.Menu.objects.update(schedule={"monday": ["09:00-17:00"], "tuesday": ["09:00-17:00"]})

    shown = compact(look(client, location))

    assert "Monday – Tuesday 09:00-17:00" in shown
    assert "Wednesday – Sunday closed" in shown
    assert "<bdi>Dishes</bdi><span>2</span></a>" in shown
    assert '<h3><bdi>Burger</bdi></h3><span class="sp-price">10.00 USD</span>' in shown
    assert 'src="https://img.example.com/burger.jpg"' in shown
    assert "<bdi>Small</bdi>" in shown
    assert "9.00 USD" in shown
    assert "also:<bdi>Left 0.50 USD</bdi>" in shown
    assert '<bdi>Extras</bdi><span class="sp-hint">Choose 1 to 2</span>' in shown
    assert shown.index("<bdi>Cheese</bdi>") < shown.index("<bdi>Halves</bdi>")
    assert "1 preselected" in shown


def test_it_shows_the_bytes_of_get_catalog_with_size_and_etag(client, stream, merchant, location):
    valid_menu.make(merchant)
    pulled = stream.catalog("loc_downtown")

    seen = see(client, location)
    loaded = client.get(address(location), {"download": "json"})

    assert loaded.content == pulled.content
    assert loaded["Content-Disposition"] == 'attachment; filename="catalog-loc_downtown.json"'
    assert loaded["Content-Type"] == "application/json"
    assert seen.context["snapshot"].etag == pulled["ETag"].strip('"')
    assert seen.context["snapshot"].size == len(pulled.content)
    assert seen.context["gzip_size"] < len(pulled.content)
    assert json.loads(seen.context["json"]) == pulled.json()


def test_viewing_does_not_count_as_a_pull(client, stream, merchant, location):
    valid_menu.make(merchant)
    tasks.look_after_catalogs()
    OutboundEvent.objects.all().delete()

    look(client, location)
    client.get(address(location), {"download": "json"})
    client.get(EVERYWHERE)

    rows = CatalogSnapshot.objects.values_list("pulled_at", "told_at")
    assert list(rows) == [(None, None), (None, None)]


def test_an_edit_not_built_yet_is_shown(client, merchant, location):
    valid_menu.make(merchant)
    look(client, location)
    models.ItemFamily.objects.filter(provider_id="burger").update(price_amount=1234)

    assert "12.34 USD" in look(client, location)


def test_a_large_stale_menu_is_shown_as_last_built_and_rebuilt_by_the_worker(
    client, merchant, location, woken, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr("catalog.admin.stream_view.page._BUILT_HERE_BYTES", 10)
    valid_menu.make(merchant)
    look(client, location)
    models.ItemFamily.objects.filter(provider_id="burger").update(price_amount=1234)

    with django_capture_on_commit_callbacks(execute=True):
        shown = look(client, location)

    assert "12.34 USD" not in shown
    assert "The menu was edited after this snapshot was built." in shown
    assert ("catalog.tasks.refresh", merchant.pk) in woken
    tasks.refresh(merchant.pk)
    assert "12.34 USD" in look(client, location)


def test_a_channel_shows_its_prices_beside_the_base_prices(client, merchant, location):
    valid_menu.make(merchant)

    shown = compact(look(client, location, channel="uber"))

    assert "<option selected>uber</option>" in shown
    price = '<s title="In all other channels">10.00 USD</s>11.00 USD'
    assert price in shown
    assert price not in compact(look(client, location, channel="nobody"))


def test_objects_that_are_off_show_the_reason_and_the_end(client, merchant, location):
    valid_menu.make(merchant)
    until = timezone.now() + timedelta(days=2)
    by_id = {row.provider_id: row for row in models.Modifier.objects.all()}
    items = {row.provider_id: row for row in models.Item.objects.all()}
    burger = models.ItemFamily.objects.get(provider_id="burger")
    models.FamilyAtLocation.objects.create(
        object=burger, location=location, is_active=False, inactive_until=until
    )
    models.ItemAtLocation.objects.create(object=items["small"], location=location, stock_count=0)
    models.ItemAtLocation.objects.create(object=items["large"], location=location, is_active=False)
    models.Modifier.objects.filter(pk=by_id["ham"].pk).update(is_active=False)

    seen = see(client, location).context["families"]

    assert seen[0]["why"] == f"Off here until {location.local(until):%d %b %Y, %H:%M}"
    assert [size["why"] for size in seen[1]["sizes"]] == [
        "Sold out",
        "Off here until switched on",
    ]
    assert seen[0]["groups"][0]["options"][1]["why"] == "Off everywhere"


def test_the_global_catalog_is_on_if_any_location_is(client, merchant, location):
    valid_menu.make(merchant)
    burger = models.ItemFamily.objects.get(provider_id="burger")
    models.FamilyAtLocation.objects.create(object=burger, location=location, is_active=False)

    shown = client.get(EVERYWHERE).context["families"]

    assert shown[0]["why"] == "Off at every location"
    factories.location(merchant, provider_id="loc_uptown", name="Uptown")
    assert not client.get(EVERYWHERE).context["families"][0]["is_off"]


def test_search_finds_families_by_name_description_code_and_size(client, merchant, location):
    valid_menu.make(merchant)
    models.ItemFamily.objects.filter(provider_id="burger").update(
        description="With Gruyère", sku="B-77"
    )

    for words, names in {
        "BURG": ["Burger"], "gruyère": ["Burger"], "b-77": ["Burger"], "large": ["Pizza"],
        "r": ["Burger", "Pizza"], "sushi": [],
    }.items():  # fmt: skip
        assert dishes(see(client, location, q=words)) == names
    assert "No results. Try fewer letters." in look(client, location, q="sushi")


def test_families_on_no_menu_are_listed_apart(client, merchant, location):
    valid_menu.make(merchant)
    factories.family(merchant, provider_id="lost", name="Lost dish")

    assert dishes(see(client, location)) == ["Burger", "Pizza"]
    assert dishes(see(client, location, category="-")) == ["Lost dish"]


def test_an_empty_menu_says_how_to_begin(client, location):
    assert "The menu is empty." in look(client, location)


def test_a_selection_that_no_longer_exists_is_ignored(client, merchant, location):
    valid_menu.make(merchant)

    seen = see(client, location, menu="gone", category="gone", page="99", channel="x" * 999)

    assert dishes(seen) == ["Burger", "Pizza"]


HOSTILE = "<script>alert(1)</script>\u202e\U0001f354" + "x" * 150


def test_hostile_names_are_escaped(client, merchant, location):
    group = factories.group(merchant, factories.modifier(merchant, name=HOSTILE), name=HOSTILE)
    family = factories.family(merchant, group, name=HOSTILE, description=HOSTILE)
    factories.item(family, name=HOSTILE)
    models.FamilyImage.objects.create(object=family, url='https://x.example/"onerror="a.jpg')
    factories.menu(merchant, factories.category(merchant, family, name=HOSTILE), name=HOSTILE)

    for query in ({}, {"q": "<script>"}, {"channel": "<script>"}):
        shown = look(client, location, **query)
        assert "<script>alert" not in shown
        assert '"onerror="' not in shown
        assert "&lt;script&gt;alert(1)" in shown


def test_external_pictures_are_allowed_and_scripts_are_not(client, merchant, location):
    policy = see(client, location)["Content-Security-Policy"]

    assert "img-src 'self' data: https:" in policy
    assert "script-src 'self' 'unsafe-eval'" in policy


def test_the_number_of_queries_does_not_depend_on_the_menu(client, merchant, location):
    def count():
        look(client, location)
        with CaptureQueriesContext(connection) as caught:
            look(client, location)
        return len(caught)

    families = [factories.family(merchant, provider_id="f", is_active=False)]
    category = factories.category(merchant, *families)
    factories.menu(merchant, category)
    few = count()
    for n in range(25):
        family = factories.family(
            merchant, factories.group(merchant), name=f"F{n}", is_active=False
        )
        models.CategoryFamily.objects.create(category=category, family=family, position=n)
    assert count() <= few
    assert few <= 14


def test_a_category_is_paged(client, merchant, location):
    families = [factories.family(merchant, name=f"Dish {n}") for n in range(31)]
    factories.menu(merchant, factories.category(merchant, *families))

    assert len(dishes(see(client, location))) == 30
    assert dishes(see(client, location, page="2")) == ["Dish 30"]
    assert "Page 1 of 2" in look(client, location)


def test_groups_beyond_the_page_limit_show_only_their_option_count(
    client, merchant, location, monkeypatch
):
    monkeypatch.setattr("catalog.stream_view.cards.MOST_OPTIONS", 3)
    valid_menu.make(merchant)

    shown = " ".join(look(client, location).split())

    assert "It has 2 options, not shown to keep this page short." in shown
