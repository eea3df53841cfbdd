"""Select objects in a list, and open the page of a bulk action."""

from typing import Any

from django.contrib.messages import get_messages
from django.urls import reverse


def choose(client: Any, action: str, *objects: Any, **more: Any) -> Any:
    """Return the response to the list's form."""
    address = reverse(f"admin:catalog_{objects[0]._meta.model_name}_changelist")
    chosen = {"action": action, "_selected_action": [obj.pk for obj in objects]}
    return client.post(address, chosen | more)


def page_of(client: Any, action: str, *objects: Any, **more: Any) -> str:
    """Return the URL of the action's page."""
    response = choose(client, action, *objects, **more)
    assert response.status_code == 302, response.content.decode()
    assert "/bulk/" in response.url, messages_of(response)
    return str(response.url)


def messages_of(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def previewed(client: Any, page: str, **fields: Any) -> list[tuple[str, str, str, str]]:
    """Return the first page of the preview: object, row, old and new price."""
    response = client.post(page, {"percent": "10", "rounding": "unit", "parts": ["own"]} | fields)
    assert response.status_code == 200
    assert "rows" in response.context_data, response.context_data["form"].errors
    rows = response.context_data["rows"]
    return [(row["name"], row["row"], row["old"], row["new"]) for row in rows]


def applied(client: Any, page: str, version: int = 1) -> Any:
    return client.post(page, {"apply": str(version)})
