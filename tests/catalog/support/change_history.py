"""What the tests of the history edit, and how they read it."""

from typing import Any

import pytest
from django.urls import reverse

from catalog.models import ItemFamily, ObjectChange
from tests.support import factories
from tests.support.admin_forms import filled


@pytest.fixture
def client(browser_client: Any, owner: Any) -> Any:
    return browser_client(owner)


@pytest.fixture
def burger(merchant: Any) -> ItemFamily:
    made = factories.family(merchant, name="Burger", price_amount=1000)
    ObjectChange.objects.all().delete()
    return made


def save(client: Any, obj: Any, **fields: Any) -> None:
    address = reverse(f"admin:catalog_{obj._meta.model_name}_change", args=[obj.pk])
    assert client.post(address, filled(client.get(address)) | fields).status_code == 302


def noted() -> list[tuple[str, str, str, list[Any]]]:
    """Object, row, action and changes, in their order."""
    rows = ObjectChange.objects.order_by("pk")
    return [(one.name, one.row, one.action, one.changes) for one in rows]


def shown(client: Any, obj: Any, query: str = "") -> str:
    address = reverse(f"admin:catalog_{obj._meta.model_name}_history", args=[obj.pk])
    answer = client.get(address + query)
    assert answer.status_code == 200
    return str(answer.content.decode())
