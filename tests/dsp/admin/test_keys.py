"""The admin pages of channel keys."""

import hashlib
import re

import pytest

from dsp.models import ChannelKey
from tests.dsp.support.channel import new_store
from tests.orders.support.board_pages import text_of
from tests.support import factories
from tests.support.admin_forms import errors, names

pytestmark = pytest.mark.django_db
LIST = "/admin/dsp/channelkey/"


@pytest.fixture
def browser(role, browser_client, owner):
    return browser_client(owner)


def create(browser, **fields):
    return browser.post(f"{LIST}add/", {"name": "Web shop", **fields})


def key_of(merchant, **fields):
    row = {"name": "Kiosk", "checksum": "c" * 64, "beginning": "chk_12345678"}
    return ChannelKey.objects.create(merchant=merchant, **row | fields)


def test_a_key_is_shown_once(browser, merchant, store, owner):
    answer = create(browser, stores=[store.pk])
    (secret,) = re.findall(r"chk_[\w-]{20,}", answer.content.decode())
    assert "no-store" in answer["Cache-Control"]
    key = ChannelKey.objects.get()
    assert (key.merchant, key.name, key.created_by) == (merchant, "Web shop", owner.email)
    assert key.checksum == hashlib.sha256(secret.encode()).hexdigest()
    assert secret.startswith(key.beginning)
    assert list(key.stores.all()) == [store]
    for page in (browser.get(LIST), browser.get(f"{LIST}{key.pk}/change/")):
        assert secret not in page.content.decode()
        assert "Downtown, order ahead" in page.content.decode()


def test_a_key_without_stores_is_for_all(browser, store):
    assert create(browser).status_code == 200
    assert not ChannelKey.objects.get().stores.exists()
    assert "All" in text_of(browser.get(LIST))


def test_a_key_is_not_for_another_merchants_store(browser):
    foreign = new_store(factories.merchant(name="Elsewhere"), name="Foreign store")
    assert "Foreign store" not in browser.get(f"{LIST}add/").content.decode()
    assert "stores" in errors(create(browser, stores=[foreign.pk]))
    assert not ChannelKey.objects.exists()


def test_a_key_is_revoked_and_stays_listed(browser, merchant):
    key = key_of(merchant)
    assert "Revoke it if it got lost" in text_of(browser.get(f"{LIST}{key.pk}/change/"))
    browser.post(f"{LIST}{key.pk}/press/revoke/")
    first = ChannelKey.objects.get().revoked_at
    assert first is not None
    browser.post(f"{LIST}{key.pk}/press/revoke/")
    assert ChannelKey.objects.get().revoked_at == first
    assert "Revoked" in text_of(browser.get(LIST))


def test_a_manager_sees_keys_and_creates_or_revokes_none(role, browser_client, merchant):
    key = key_of(merchant)
    manager = browser_client(factories.user(merchant, "manager"))
    assert names(manager.get(LIST)) == {str(key)}
    assert create(manager).status_code == 403
    assert manager.post(f"{LIST}{key.pk}/press/revoke/").status_code == 403
    assert ChannelKey.objects.get().revoked_at is None


def test_another_merchants_key_is_out_of_reach(browser):
    foreign = key_of(factories.merchant(name="Elsewhere"))
    assert names(browser.get(LIST)) == set()
    assert browser.get(f"{LIST}{foreign.pk}/change/").status_code == 302
    assert browser.post(f"{LIST}{foreign.pk}/press/revoke/").status_code == 404
    assert ChannelKey.objects.get().revoked_at is None


def test_the_kitchen_sees_no_keys(role, browser_client, merchant):
    kitchen = browser_client(factories.user(merchant, "kitchen"))
    assert kitchen.get(LIST).status_code == 403
    assert create(kitchen).status_code == 403


def test_our_own_staff_create_keys_for_a_merchant(role, browser_client, merchant, store):
    ours = browser_client(factories.user(None, "", is_superuser=True))
    assert "for which merchant" in text_of(ours.get(f"{LIST}add/"))
    answer = ours.post(f"{LIST}add/?merchant={merchant.pk}", {"name": "Kiosk"})
    assert "chk_" in answer.content.decode()
    assert ChannelKey.objects.get().merchant == merchant
