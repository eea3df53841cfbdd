"""The items of a followed order as lines, for every page that shows them."""

from collections.abc import Iterator
from typing import Any

_MAX_LINES = 2_000


def item_lines(details: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the items and their modifiers of any depth, each with its `depth`, in sequence."""
    return [line for line, _ in zip(_walk(details.get("items")), range(_MAX_LINES), strict=False)]


def _walk(items: Any) -> Iterator[dict[str, Any]]:
    # A stack instead of recursion, so that no depth is too deep.
    waiting = [(0, item) for item in reversed(items or [])]
    while waiting:
        depth, item = waiting.pop()
        yield {
            "depth": depth,
            "name": item.get("name") or "",
            "quantity": 1 if item.get("quantity") is None else item["quantity"],
            "price": item.get("price"),
            "special_instructions": item.get("special_instructions") or "",
        }
        waiting += [(depth + 1, modifier) for modifier in reversed(item.get("modifiers") or [])]
