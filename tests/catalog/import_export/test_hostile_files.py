"""Hostile files of import_catalog: refused with a sentence, in little time."""

import re
import time

import orjson
import pytest

from catalog.import_errors.problems import BadCatalog
from catalog.import_export import importer


@pytest.mark.parametrize(
    ("array", "row"),
    [
        ("item_family", b'{"provider_id":"x","price_amount":' + b"1" * 100_000 + b"}"),
        ("tax", b'{"provider_id":"x","rate":1e' + b"9" * 100_000 + b"}"),
        ("menu", b"[" * 100_000),
    ],
)
def test_absurd_numbers_and_depths_are_refused_in_a_sentence(merchant, array, row):
    content = b'{"' + array.encode() + b'":[' + row + b"]}"
    with pytest.raises(BadCatalog) as refusal:
        importer.plan_import(merchant, content, merge=True)
    messages = [problem.message for problem in refusal.value.problems]
    assert any(re.match(f"{array}.* (is invalid|must be)|The file is nested", m) for m in messages)
    assert max(map(len, messages)) < 200


def test_a_long_chain_of_groups_is_checked_in_linear_time(merchant):
    count = 20_000
    groups = [
        {"provider_id": f"g{n}", "name": "G", "modifier_ids": [f"m{n}"]} for n in range(count)
    ]
    row = {"name": "M", "price_amount": 0}
    modifiers = [
        {"provider_id": f"m{n}", "modifier_group_ids": [f"g{(n + 1) % count}"], **row}
        for n in range(count)
    ]
    content = orjson.dumps({"modifier_group": groups, "modifier": modifiers})
    begin = time.process_time()
    with pytest.raises(BadCatalog) as refusal:
        importer.plan_import(merchant, content, merge=True)
    assert time.process_time() - begin < 2
    names = " > ".join(f"g{n}" for n in range(10))
    assert str(refusal.value) == f"modifier_group 1 (g0): it contains itself: {names} > …."
