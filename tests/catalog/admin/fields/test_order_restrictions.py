"""The channels and fulfillment types that a location does not accept, on its page."""

import pytest

from catalog.models import Location, ObjectChange, order_restrictions
from tests.support import factories
from tests.support.admin_forms import errors, filled

LIST = "/admin/catalog/location/"


@pytest.fixture
def page(location):
    return f"{LIST}{location.pk}/change/"


def _saved(client, page, **changes):
    return client.post(page, filled(client.get(page), **changes))


def _now():
    return Location.objects.values_list("channels_off", "fulfillment_types_off").get()


def test_a_new_location_accepts_everything(merchant):
    location = factories.location(merchant)
    assert (location.channels_off, location.fulfillment_types_off) == ([], [])


def test_a_manager_checks_known_names_and_types_others(browser_client, merchant, location, page):
    client = browser_client(factories.user(merchant, "manager"))
    ticked = {"channels_off": ["flipdish", "uber"], "channels_off_others": " Slice, UBER,slice ,,"}
    others = {"fulfillment_types_off_others": "kiosk"}

    assert _saved(client, page, **ticked, **others).status_code == 302

    assert _now() == (["uber", "flipdish", "Slice"], ["kiosk"])
    assert ObjectChange.objects.latest("pk").changes == [
        ["channels switched off", "", [], ["uber", "flipdish", "Slice"]],
        ["fulfillment types not offered", "", [], ["kiosk"]],
    ]
    shown = client.get(page).content.decode()
    assert 'value="Slice"' in shown
    assert shown.count("checked") >= 2
    history = client.get(f"{LIST}{location.pk}/history/").content.decode()
    assert "flipdish" in history


def test_unchecked_names_are_accepted_again(browser_client, owner, location, page):
    Location.objects.update(channels_off=["uber", "Slice"], fulfillment_types_off=["pickup"])

    nothing = {"channels_off": [], "fulfillment_types_off": ["pickup"]}
    others = {"channels_off_others": "Slice", "fulfillment_types_off_others": ""}
    assert _saved(browser_client(owner), page, **nothing, **others).status_code == 302

    assert _now() == (["Slice"], ["pickup"])


def test_a_form_without_the_checkboxes_changes_nothing(browser_client, owner, page):
    Location.objects.update(channels_off=["uber"], fulfillment_types_off=["pickup"])

    assert _saved(browser_client(owner), page, name="Uptown").status_code == 302

    assert _now() == (["uber"], ["pickup"])


@pytest.mark.parametrize("wrong", ["x" * 101, "a\0", ",".join(f"c{n}" for n in range(51))])
def test_an_invalid_name_is_refused(browser_client, owner, page, wrong):
    answer = _saved(browser_client(owner), page, channels_off_others=wrong)

    assert "channels_off" in errors(answer)
    assert _now() == ([], [])


def test_the_kitchen_has_read_only_access(browser_client, merchant, page):
    Location.objects.update(channels_off=["uber", "Slice"], fulfillment_types_off=["drive_thru"])
    client = browser_client(factories.user(merchant, "kitchen"))

    shown = client.get(page).content.decode()

    assert "Uber Eats, Slice" in shown
    assert "Drive-thru" in shown
    assert client.post(page, {"channels_off_others": ""}).status_code == 403
    assert _now() == (["uber", "Slice"], ["drive_thru"])


@pytest.mark.parametrize("value", ["uber", {"uber": 1}, [1], [" "], None])
def test_only_a_list_of_names_is_valid(value):
    from django.core.exceptions import ValidationError

    with pytest.raises(ValidationError):
        order_restrictions.validate(value)


@pytest.mark.parametrize(
    ("names", "name", "held"),
    [
        (["uber"], "UBER", True), ([" Uber"], "uber ", True), (["uber"], "ubereats", False),
        ([], "uber", False), (["uber"], None, False), (["uber"], "", False),
    ],
)  # fmt: skip
def test_names_are_compared_case_insensitively(names, name, held):
    assert order_restrictions.includes(names, name) is held
