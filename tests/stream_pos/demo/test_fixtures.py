"""The demo data, written twice."""

from typing import Any

import pytest

from dsp.channel_api import keys
from dsp.models import Store
from orders.models import Driver
from stream_pos.demo.fixtures import seed

pytestmark = pytest.mark.django_db


def drivers() -> list[tuple[str, str]]:
    rows = Driver.objects.order_by("merchant__provider_id", "name")
    return list(rows.values_list("merchant__provider_id", "name"))


def test_a_second_run_changes_the_passwords_only() -> None:
    first = seed()
    second = seed()

    assert drivers() == [
        ("mer_casa_verde", "Noemi Salas"),
        ("mer_harbor_kitchen", "Dana Reed"),
        ("mer_harbor_kitchen", "Luis Ortega"),
    ]
    for account, again in zip(first["merchants"], second["merchants"], strict=True):
        assert account.pop("password") != again.pop("password")
        assert account == again
        assert set(account) == {"provider_id", "name", "email", "locations"}


def test_a_list_of_drivers_that_staff_changed_stays_as_it_is() -> None:
    seed()
    Driver.objects.exclude(name="Dana Reed").filter(merchant__name="Harbor Kitchen").delete()
    Driver.objects.filter(name="Dana Reed").update(name="Dana R.", phone="+15125550199")

    seed()

    assert drivers() == [
        ("mer_casa_verde", "Noemi Salas"),
        ("mer_harbor_kitchen", "Dana R."),
    ]


def test_while_the_channel_is_on_its_stores_and_new_keys_are_printed_too(settings: Any) -> None:
    settings.STREAM_DSP_CLIENT_ID = "stream-dsp"
    settings.STREAM_DSP_CLIENT_SECRET = "the-secret-of-the-channel-0123456789abcdef"
    settings.STREAM_DSP_REDIRECT_URIS = ["http://127.0.0.1:9000/oauth/callback"]
    first, second = (seed()["dsp"] for _ in range(2))
    assert first["client"] == {
        "client_id": "stream-dsp",
        "client_secret": "the-secret-of-the-channel-0123456789abcdef",
        "redirect_uris": ["http://127.0.0.1:9000/oauth/callback"],
    }
    assert [len(merchant["stores"]) for merchant in first["merchants"]] == [2, 1]
    assert [merchant["stores"] for merchant in first["merchants"]] == [
        merchant["stores"] for merchant in second["merchants"]
    ]
    for old, new in zip(first["merchants"], second["merchants"], strict=True):
        assert keys.find(old["channel_key"]) is None
        holder = keys.find(new["channel_key"])
        assert holder is not None
        assert holder.merchant.provider_id == new["provider_id"]
    store = Store.objects.get(provider_id="str_harbor_downtown")
    assert (store.timezone, len(store.fulfillment_types)) == ("America/Chicago", 4)
