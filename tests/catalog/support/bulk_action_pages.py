"""Chooses objects in a list and goes on to the page that an action leads to."""

from typing import Any

from django.contrib.messages import get_messages
from django.urls import reverse


def choose(client: Any, action: str, *objects: Any, **more: Any) -> Any:
    """The answer to the list's form."""
    address = reverse(f"admin:catalog_{objects[0]._meta.model_name}_changelist")
    chosen = {"action": action, "_selected_action": [one.pk for one in objects]}
    return client.post(address, chosen | more)


def page_of(client: Any, action: str, *objects: Any, **more: Any) -> str:
    """The address of the page that asks."""
    answer = choose(client, action, *objects, **more)
    assert answer.status_code == 302, answer.content.decode()
    assert "/bulk/" in answer.url, said(answer)
    return str(answer.url)


def said(answer: Any) -> list[str]:
    return [str(one) for one in get_messages(answer.wsgi_request)]


def previewed(client: Any, page: str, **fields: Any) -> list[tuple[str, str, str, str]]:
    """What the first page of the preview shows: object, row, old and new price."""
    answer = client.post(page, {"percent": "10", "rounding": "unit", "parts": ["own"]} | fields)
    assert answer.status_code == 200
    assert "rows" in answer.context_data, answer.context_data["form"].errors
    rows = answer.context_data["rows"]
    return [(row["name"], row["row"], row["old"], row["new"]) for row in rows]


def applied(client: Any, page: str, version: int = 1) -> Any:
    return client.post(page, {"apply": str(version)})
