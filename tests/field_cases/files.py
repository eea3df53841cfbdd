"""The files of this folder."""

import json
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "data"


def content(name: str) -> bytes:
    return (_FOLDER / name).read_bytes()


def parsed(name: str) -> Any:
    return json.loads(content(name))
