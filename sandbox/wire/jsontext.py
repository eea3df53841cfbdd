"""Parse untrusted JSON and write JSON that any client can read."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any, NoReturn

MAX_DEPTH = 200


def parse(raw: bytes | str) -> Any:
    """Parse `raw`; ValueError with a readable message for anything that is not plain JSON."""
    try:
        text = raw.decode("utf-8") if isinstance(raw, bytes) else raw
        value = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
    except UnicodeDecodeError:
        raise ValueError("The text is not UTF-8.") from None
    except RecursionError:
        raise ValueError("The JSON is nested too deeply.") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"The text is not JSON: {error}.") from None
    if _depth_exceeds(value, MAX_DEPTH):
        raise ValueError("The JSON is nested too deeply.")
    return value


def parse_or_none(raw: bytes) -> Any:
    """Parse an answer that may be anything, such as an HTML page."""
    try:
        return parse(raw)
    except ValueError:
        return None


def dump(value: Any, *, pretty: bool = False) -> str:
    """Write ASCII only, so that lone surrogates in foreign text survive."""
    return json.dumps(value, indent=2 if pretty else None)


def _depth_exceeds(value: Any, limit: int) -> bool:
    """Check the depth iteratively: recursion is what this protects against."""
    level = _containers([value])
    for _ in range(limit):
        level = [
            nested
            for container in level
            for nested in _containers(
                container.values() if isinstance(container, dict) else container
            )
        ]
        if not level:
            return False
    return True


def _containers(values: Iterable[Any]) -> list[dict[str, Any] | list[Any]]:
    return [value for value in values if isinstance(value, (dict, list))]


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON.")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is too large a number.")
    return number
