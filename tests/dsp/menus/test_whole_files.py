"""Files that are refused as a whole, with one sentence."""

import json

import pytest

from dsp.menus.limits import BadMenuFile, Limits
from dsp.menus.reader import read_menu_file

from .files import burger, example, read


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is not valid JSON in UTF-8."),
        (b"{", "The file is not valid JSON in UTF-8."),
        (b'{"menus": [\xff]}', "The file is not valid JSON in UTF-8."),
        (b"[]", "The file is not a JSON object."),
        (b"{}", "The file has no menus."),
        (b'{"menus": null}', "The file has no menus."),
        (b'{"menus": {}}', "menus is not a list."),
        (b'{"menus": [], "taxes": 5}', "taxes is not a list."),
        (b'{"menus": [], "item_families": [], "items": {}}', "items is not a list."),
        (b'{"menus": [{}]}', "None of the file's menus can be used."),
        (b'{"menus": [5], "item_families": []}', "None of the file's menus can be used."),
    ],
)
def test_what_is_no_menu_is_refused_in_one_sentence(content, sentence):
    with pytest.raises(BadMenuFile) as refused:
        read_menu_file(content)
    assert str(refused.value) == sentence


@pytest.mark.parametrize("version", [1, 2])
def test_two_currencies_are_refused_and_letter_case_is_none(version):
    file = example(version)
    item = file["menus"][0]["categories"][0]["items"][0] if version == 1 else file
    variations = item["variations" if version == 1 else "items"]
    variations[1]["currency"] = "USD"
    assert read(file).menu.currency == "usd"
    variations[1]["currency"] = "cad"
    with pytest.raises(BadMenuFile, match="two currencies: usd and cad"):
        read(file)


@pytest.mark.parametrize("version", [1, 2])
def test_a_file_that_loses_more_than_half_of_its_variations_is_refused(version):
    file = example(version)
    item = file["menus"][0]["categories"][0]["items"][0] if version == 1 else file
    variations = item["variations" if version == 1 else "items"]
    variations[1]["price"] = None
    assert len(burger(read(file)).variations) == 1
    third = variations[1] | {"stream_id": "s-var-third"}
    variations.append(third)
    if version == 2:
        file["item_families"][0]["item_ids"].append("s-var-third")
    with pytest.raises(BadMenuFile, match="2 of 3 variations cannot be used"):
        read(file)


def test_what_hangs_on_an_unusable_category_counts_as_fallen_out():
    file = example(1)
    file["menus"][0]["categories"][0]["name"] = ""
    with pytest.raises(BadMenuFile, match="2 of 2 variations cannot be used"):
        read(file)


def test_an_item_that_is_no_object_counts_as_fallen_out():
    file = example(1)
    file["menus"][0]["categories"][0]["items"] = [5, None]
    with pytest.raises(BadMenuFile, match="2 of 2 variations cannot be used"):
        read(file)


def test_levels_objects_and_bytes_are_limited():
    deep = b'{"menus": [], "x": ' + b"[" * 63 + b'"]]]["' + b"]" * 63 + b"}"
    assert read_menu_file(deep).menu.menus == ()
    deeper = b'{"menus": [], "x": ' + b"[" * 64 + b"]" * 64 + b"}"
    with pytest.raises(BadMenuFile, match="more than 64 levels"):
        read_menu_file(deeper)
    with pytest.raises(BadMenuFile, match="more than 5 objects"):
        read(example(1), Limits(objects=5))
    with pytest.raises(BadMenuFile, match="more than 50 values"):
        read(example(1), Limits(commas=50))
    with pytest.raises(BadMenuFile, match="more than 100 bytes"):
        read(example(1), Limits(content_bytes=100))


def test_equal_copies_count_as_one_object():
    file = example(1)
    category = file["menus"][0]["categories"][0]
    file["menus"][0]["categories"] = [category | {"stream_id": f"c{n}"} for n in range(50)]
    assert len(read(file, Limits(objects=70)).menu.menus[0].categories) == 50


def test_a_million_references_to_one_family_are_refused_soon():
    file = example(2)
    file["items"] += [file["items"][0] | {"stream_id": f"i{n}"} for n in range(1000)]
    file["item_families"][0]["item_ids"] = [item["stream_id"] for item in file["items"]]
    category = file["categories"][0]
    file["categories"] = [category | {"stream_id": f"c{n}"} for n in range(3000)]
    file["menus"][0]["category_ids"] = [f"c{n}" for n in range(3000)]
    with pytest.raises(BadMenuFile, match="more than 2,000,000 references"):
        read(file)


def test_a_byte_order_mark_is_skipped():
    content = b"\xef\xbb\xbf" + json.dumps(example(1)).encode()
    assert read_menu_file(content).menu.version == 1
