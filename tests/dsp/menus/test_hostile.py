"""Hostile files: nothing but the reader's own refusal, and soon."""

import json
from contextlib import suppress

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsp.menus.limits import BadMenuFile
from dsp.menus.reader import read_menu_file

from .files import burger, example, read

_SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5) | st.sampled_from(["", "\x00", "s-mod-cheese", "s-mg-extras", 10**40])
)  # fmt: skip
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


def _places(value, path=()):
    """Every place in a JSON value, as the keys that lead to it."""
    yield path
    keys = (
        value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    )
    for key in keys:
        yield from _places(value[key], (*path, key))


def _put(file, path, value):
    *above, last = path
    for key in above:
        file = file[key]
    file[last] = value


def _read_or_refuse(content):
    with suppress(BadMenuFile):
        reading = read_menu_file(content)
        texts = msgspec.json.encode([reading.menu, reading.left_out])
        assert b"\\u0000" not in texts  # Databases refuse it.


_PLACES = {version: [path for path in _places(example(version)) if path] for version in (1, 2)}


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_file_with_changed_places_is_read_or_refused(data):
    version = data.draw(st.sampled_from([1, 2]))
    file = example(version)
    for path in data.draw(st.lists(st.sampled_from(_PLACES[version]), min_size=1, max_size=4)):
        try:
            _put(file, path, data.draw(_VALUES))
        except (KeyError, IndexError, TypeError):
            continue  # An earlier change took the place away.
    _read_or_refuse(json.dumps(file).encode())


@settings(max_examples=200, deadline=None)
@given(st.integers(min_value=0), st.binary(max_size=3), st.sampled_from([1, 2]))
def test_a_file_with_changed_bytes_is_read_or_refused(place, change, version):
    content = json.dumps(example(version)).encode()
    place %= len(content)
    _read_or_refuse(content[:place] + change + content[place + 1 :])


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("value", [0, 1.5, True, "x", [], [0], [[]], {}, {"a": 1}, 10**400])
def test_every_place_may_hold_the_wrong_type(version, value):
    for path in _PLACES[version]:
        file = example(version)
        _put(file, path, value)
        _read_or_refuse(json.dumps(file).encode())


@pytest.mark.parametrize("number", ["1e400", "-1e400", "9" * 400, "9" * 5000])
def test_a_number_beyond_all_bounds_spoils_one_object(number):
    content = json.dumps(example(1)).replace('"price": 1000', f'"price": {number}').encode()
    assert [one.price for one in burger(read_menu_file(content)).variations] == [800]


@pytest.mark.parametrize("rest", [b'"\\ud800"', b'"\xff"', b'"\\x"', b'"\x01"'])
def test_such_a_number_hides_no_broken_text(rest):
    content = json.dumps(example(1)).encode().replace(b"1000", b"1e400").replace(b'"Large"', rest)
    with pytest.raises(BadMenuFile, match="not valid JSON"):
        read_menu_file(content)


def test_long_texts_are_cut_and_nul_is_dropped():
    file = example(1)
    item = file["menus"][0]["categories"][0]["items"][0]
    item |= {"name": "N\x00" + "n" * 100_000, "description": "d" * 100_000}
    family = burger(read(file))
    assert (len(family.name), len(family.description)) == (999, 10_000)
    assert family.name.startswith("Nn")


def test_unclosed_brackets_and_strings_of_megabytes_are_refused_soon():
    for content in (b"[" * 10**6, b'{"menus": "' + b"\\" * 10**7, b'{"a": "' + b"x" * 10**7):
        with pytest.raises(BadMenuFile):
            read_menu_file(content)


def test_many_faults_are_counted_and_a_thousand_listed():
    file = example(1)
    variations = file["menus"][0]["categories"][0]["items"][0]["variations"]
    variations += [variations[0] | {"stream_id": f"v{n}"} for n in range(2000)]
    variations += [variations[0] | {"stream_id": f"w{n}", "price": None} for n in range(1500)]
    reading = read(file)
    assert (len(reading.left_out), reading.left_out_count) == (1000, 1500)
