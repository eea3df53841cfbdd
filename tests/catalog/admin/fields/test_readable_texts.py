"""Forms of the admin remove what nobody can read, and take a blank text for none."""

import pytest

from catalog.models import Category
from tests.support.admin_forms import errors, filled

pytestmark = pytest.mark.django_db
ADDRESS = "/admin/catalog/category/add/"


@pytest.fixture
def client(browser_client, owner):
    return browser_client(owner)


def test_controls_and_what_turns_the_direction_are_removed(client):
    data = filled(client.get(ADDRESS), name="\u202eAl\x07 Pas\x1btor\u2069")

    assert client.post(ADDRESS, data).status_code == 302
    assert Category.objects.get().name == "Al Pastor"


@pytest.mark.parametrize("name", ["\u200b", "\u00a0\u2060", "\x07", "\u3164"], ids=ascii)
def test_a_name_that_nobody_sees_is_missing(client, name):
    answer = client.post(ADDRESS, filled(client.get(ADDRESS), name=name))

    assert "This field is required." in errors(answer)
    assert not Category.objects.exists()
