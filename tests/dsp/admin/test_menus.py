"""The admin pages of received menus."""

import gzip
import json

import pytest
from django.contrib.admin.models import LogEntry

from dsp.models import AvailabilityChange, ReceivedMenu
from tests.dsp.menu_intake.conftest import *  # noqa: F403  # The fixtures of published menus.
from tests.dsp.menus.files import example
from tests.support import factories
from tests.support.admin_forms import names

pytestmark = pytest.mark.django_db
LIST = "/admin/dsp/receivedmenu/"


@pytest.fixture
def two(publisher):
    """Publish two versions: the second is dearer and without a size."""
    first = publisher.publish(example(1))
    file = example(1)
    sizes = file["menus"][0]["categories"][0]["items"][0]["variations"]
    sizes[0]["price"], sizes[1]["price"] = 850, 10.5
    return first, publisher.publish(file)


def _text(response):
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_the_list_says_what_became_of_each_menu(browser_client, owner, two, publisher):
    publisher.publish(b"<none>")
    page = _text(browser_client(owner).get(LIST))
    assert "The file is not valid JSON in UTF-8." in page
    assert "1 menu, 1 family, 1 variation, 3 modifiers; 1 left out." in page
    assert names(browser_client(owner).get(LIST))


def test_a_page_lists_what_was_left_out_and_what_has_changed(browser_client, owner, two):
    page = _text(browser_client(owner).get(f"{LIST}{two[1].pk}/change/"))
    assert "price is not a whole amount." in page
    assert "<del>8.00 USD</del> → <ins>8.50 USD</ins>" in page
    assert "Go back to the version before (1)" in page
    assert "0f1e" not in page


def test_a_version_is_shown_as_a_guest_sees_it_with_updates(browser_client, owner, two, publisher):
    publisher.update(items={"s-fam-burger": False})
    page = _text(browser_client(owner).get(f"{LIST}{two[1].pk}/guest/"))
    assert '<b>Burger</b> <span class="sp-tag">sold out</span>' in page
    assert "Regular: <b>8.50 USD</b>" in page
    assert 'Bacon +1.50 USD <span class="sp-tag">sold out</span>' in page
    assert browser_client(owner).get(f"{LIST}{two[1].pk}/guest/?page=9").status_code == 200


def test_what_is_off_in_spite_of_its_menu_says_why(browser_client, owner, two, publisher):
    publisher.update(items={"s-fam-burger": False})
    AvailabilityChange.objects.update(reason="The restaurant lacks it.")
    page = _text(browser_client(owner).get(f"{LIST}{two[1].pk}/guest/"))
    assert '<b>Burger</b> <span class="sp-tag">sold out: The restaurant lacks it.</span>' in page
    publisher.update(items={"s-fam-burger": True})
    assert "lacks it" not in _text(browser_client(owner).get(f"{LIST}{two[1].pk}/guest/"))


def test_the_file_is_downloaded_as_it_was_published(browser_client, owner, two):
    response = browser_client(owner).get(f"{LIST}{two[0].pk}/file/")
    assert response["Content-Encoding"] == "gzip"
    assert response["Content-Disposition"] == 'attachment; filename="menu-str_8H2K-1.json"'
    assert json.loads(gzip.decompress(response.content)) == example(1)


def test_the_version_before_is_made_live_again_as_a_new_one(browser_client, owner, two, publisher):
    browser = browser_client(owner)
    page = browser.post(f"{LIST}{two[0].pk}/press/make_live/", follow=True)
    assert "goes live again in a moment" in page.content.decode()
    menu = publisher.take()
    assert (menu.verdict, menu.number) == ("live", 3)
    assert menu.notes == ["Made live again by Pat Owner: it is version 1."]
    assert menu.changes[-1]["after"] == "8.00 USD"
    assert LogEntry.objects.filter(user=owner, change_message="Made live again.").exists()
    assert publisher.publish(example(2)).number == 4


def test_a_menu_that_is_not_kept_is_not_made_live(browser_client, owner, two, publisher):
    refused = publisher.publish(b"{")
    browser_client(owner).post(f"{LIST}{refused.pk}/press/make_live/")
    assert ReceivedMenu.objects.count() == 3
    assert browser_client(owner).get(f"{LIST}{refused.pk}/file/").status_code == 404
    assert browser_client(owner).get(f"{LIST}{refused.pk}/guest/").status_code == 404


def test_other_merchants_and_the_kitchen_see_and_change_nothing(browser_client, merchant, two):
    elsewhere = browser_client(factories.user(factories.merchant(name="Elsewhere"), "owner"))
    kitchen = browser_client(factories.user(merchant, "kitchen"))
    assert names(elsewhere.get(LIST)) == set()
    for page in ("change", "file", "guest"):
        assert elsewhere.get(f"{LIST}{two[0].pk}/{page}/").status_code == 404
        assert kitchen.get(f"{LIST}{two[0].pk}/{page}/").status_code == 403
    press = f"{LIST}{two[0].pk}/press/make_live/"
    assert elsewhere.post(press).status_code == 404
    assert kitchen.post(press).status_code == 403
    assert ReceivedMenu.objects.count() == 2


def test_without_the_role_there_are_no_pages_of_menus(settings, browser_client, owner, two):
    settings.STREAM_DSP_CLIENT_ID = ""
    assert browser_client(owner).get(LIST).status_code == 403
    assert browser_client(owner).get(f"{LIST}{two[0].pk}/file/").status_code == 403


def test_own_staff_filter_by_merchant(browser_client, two):
    staff = browser_client(factories.user(None, "", is_superuser=True))
    page = _text(staff.get(LIST, {"merchant": two[0].store.merchant_id}))
    assert str(two[0].store.merchant) in page
    assert staff.get(f"{LIST}{two[0].pk}/change/").status_code == 200
