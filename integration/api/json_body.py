"""Lenient reading of the JSON that others send: a field that nobody reads refuses nothing.

A byte order mark is ignored (contract ALL), an endless number is infinite, and what is nested
deeper than a parser goes is null.
"""

import json
import re
from collections import Counter
from typing import Any

DEEPEST = 100  # An even number, so that a list of nested objects is cut off whole.


class NotJson(ValueError):
    """The bytes are no JSON; the message is a sentence."""


class Members(dict[str, Any]):
    """A JSON object; `doubled` names the members that it has more than once, the last counts."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.doubled: frozenset[str] = frozenset()
        if len(self) != len(pairs):
            counts = Counter(name for name, _ in pairs)
            self.doubled = frozenset(name for name, count in counts.items() if count > 1)


def without_mark(body: bytes) -> bytes:
    """Return the body without the byte order marks, and the space around them, at its start."""
    text = body.lstrip(b" \t\r\n")
    while text.startswith(b"\xef\xbb\xbf"):
        text = text[3:].lstrip(b" \t\r\n")
    return text


def read_json(body: bytes, deepest: int = DEEPEST) -> Any:
    """Parse the body; its objects are Members. Raises NotJson."""
    try:
        text = without_mark(body).decode()
        try:
            return _parsed(text)
        except RecursionError:
            return _parsed(shallow(text, deepest))
    except UnicodeDecodeError as error:
        raise NotJson("The body is not UTF-8.") from error
    except ValueError as error:
        raise NotJson("The body is not valid JSON.") from error


def _parsed(text: str) -> Any:
    return json.loads(
        text, parse_int=_whole, parse_constant=_no_constant, object_pairs_hook=Members
    )


def _whole(digits: str) -> int | float:
    # Python refuses to make an int of thousands of digits.
    return int(digits) if len(digits) < 1_000 else float(digits)


def _no_constant(name: str) -> None:
    raise ValueError(name)


# A text without an end goes to the end of the body, so that the time is linear.
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]', re.DOTALL)


def shallow(text: str, deepest: int) -> str:
    """Replace the lists and objects that are nested more than `deepest` deep by null.

    Raises ValueError if the brackets do not match.
    """
    parts, depth, start = [], 0, 0
    for token in _TOKENS.finditer(text):
        if token[0] in "[{":
            depth += 1
            if depth == deepest + 1:
                parts.append(text[start : token.start()] + "null")
        elif token[0] in "]}":
            depth -= 1
            if depth == deepest:
                start = token.end()
    if depth:
        raise ValueError("The brackets do not match.")
    return "".join(parts) + text[start:]
