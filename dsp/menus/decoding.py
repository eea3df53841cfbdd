"""JSON to plain values, for parts of a file whose brackets were checked."""

import json
import math
from typing import Any

import msgspec

_MOST_DIGITS = 1_000
_decoder = msgspec.json.Decoder()


def decode(raw: msgspec.Raw | bytes) -> Any:
    """Decode one value; a number beyond all bounds spoils its object, not the file."""
    try:
        return _decoder.decode(raw)
    except msgspec.ValidationError:
        value = json.loads(bytes(raw), parse_int=_whole)
        json.dumps(value, ensure_ascii=False).encode()  # Half a surrogate pair is no text.
        return value


def _whole(digits: str) -> int | float:
    # Python refuses to read a whole number of more than 4,300 digits.
    return int(digits) if len(digits) <= _MOST_DIGITS else math.inf
