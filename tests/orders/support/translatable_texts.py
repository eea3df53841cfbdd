"""Every text below `/board/` and `/dispatch/` that is to be translated.

Found without gettext's own programs.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation.template import templatize

from catalog.models import order_restrictions
from tests.check import ROOT

TEMPLATES = [
    *sorted((ROOT / "templates" / "board").glob("*.html")),
    *sorted((ROOT / "templates" / "dispatch").glob("*.html")),
    *sorted((ROOT / "templates" / "instore").glob("*.html")),
    ROOT / "templates" / "base.html",
    ROOT / "templates" / "includes" / "account_chip.html",
    ROOT / "templates" / "includes" / "alarms.html",
]
MODULES = [
    *sorted((ROOT / "orders" / "board").glob("*.py")),
    *sorted((ROOT / "orders" / "instore").glob("*.py")),
    *sorted((ROOT / "orders" / "staff_pages").glob("*.py")),
    *sorted((ROOT / "orders" / "dispatch").glob("*.py")),
    *sorted((ROOT / "orders" / "validation").glob("*.py")),
    ROOT / "integration" / "phone_numbers.py",
    ROOT / "integration" / "shared_edits" / "form.py",
    ROOT / "orders" / "forms.py",
]
_FUNCTIONS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy"}
_CALL = re.compile(
    r"""\b(?:_|n?gettext)\((?:u?(['"])(.*?)(?<!\\)\1)(?:,\s*u?(['"])(.*?)\3)?""", re.DOTALL
)


def in_template(path: Path) -> Iterator[str]:
    for call in _CALL.finditer(templatize(path.read_text())):
        for text in (call[2], call[4]):
            if text is not None:
                yield ast.literal_eval(f'"""{text}"""').replace("%%", "%")


def in_module(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in _FUNCTIONS:
            for argument in node.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value


def all_msgids() -> set[str]:
    found = {text for path in TEMPLATES for text in in_template(path)}
    ways = {
        order_restrictions.display_fulfillment_type(one)
        for one in order_restrictions.FULFILLMENT_TYPES
    }
    return found | ways | {text for path in MODULES for text in in_module(path)}
