"""The demo data, written twice."""

import pytest

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
