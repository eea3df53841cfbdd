"""Menu files for tests: the two examples of the contract, and changes of them."""

import json
from pathlib import Path

from dsp.menus.reader import read_menu_file

_EXAMPLES = Path(__file__).parent / "examples"


def example(version):
    """The contract's example, EX-MENU-V1 or EX-MENU-V2, as a dict."""
    return json.loads((_EXAMPLES / f"v{version}.json").read_text())


def read(file, limits=None):
    return read_menu_file(json.dumps(file).encode(), limits)


def burger(reading):
    """The only family of the examples."""
    return reading.menu.menus[0].categories[0].families[0]


def reasons(reading):
    """Every part left out, as (kind, id, reason)."""
    return [(one.kind, one.stream_id, one.reason) for one in reading.left_out]
