"""Bytes of a published menu file to one internal form, all or nothing (contract DSP-MENU)."""

import json

import msgspec
from msgspec import Struct

from . import fields as read
from . import hours, parts
from .decoding import decode
from .flat import FlatFile
from .limits import BadMenuFile, Limits, check_size
from .nested import NestedFile
from .report import Report
from .schema import PREP_TIME_MINUTES, LeftOut, Menu, PublishedMenu

_V2_ARRAYS = ("categories", "item_families", "items", "modifier_groups", "modifiers")
_MAXIMUM_HOLIDAYS = 1_000
_NOT_JSON = "The file is not valid JSON in UTF-8."

Root = dict[str, msgspec.Raw]


class Reading(Struct, frozen=True):
    """A file's menu, the parts left out (the first thousand) and their number."""

    menu: PublishedMenu
    left_out: tuple[LeftOut, ...]
    left_out_count: int


def read_menu_file(content: bytes, limits: Limits | None = None) -> Reading:
    """Read a file of either version. Raises BadMenuFile if it is no menu as a whole."""
    limits = limits or Limits()
    content = content.removeprefix(b"\xef\xbb\xbf")
    check_size(content, limits)
    report = Report(limits)
    try:
        menu = _read(content, report)
    except (msgspec.DecodeError, json.JSONDecodeError, UnicodeError) as error:
        raise BadMenuFile(_NOT_JSON) from error
    except RecursionError as error:
        raise BadMenuFile("The file is nested too deeply to be a menu.") from error
    _check_fallen_out(menu, report)
    return Reading(menu, report.left_out, report.left_out_count)


def _read(content: bytes, report: Report) -> PublishedMenu:
    try:
        root: Root = msgspec.json.decode(content, type=Root)
    except msgspec.ValidationError as error:
        raise BadMenuFile("The file is not a JSON object.") from error
    raw_menus = _array(root, "menus")
    if raw_menus is None:
        raise BadMenuFile("The file has no menus.")
    taxes = report.read_all("tax", map(decode, _array(root, "taxes") or []), parts.tax)
    tax_ids = frozenset(tax.stream_id for tax in taxes)
    version = 1 if _array(root, "item_families") is None else 2
    menus: tuple[Menu, ...]
    if version == 1:
        menus = NestedFile(tax_ids).menus(raw_menus, report)
    else:
        arrays = {name: _array(root, name) or [] for name in _V2_ARRAYS}
        menus = FlatFile(arrays | {"menus": raw_menus}, tax_ids, report).menus(report)
    if raw_menus and not menus:
        raise BadMenuFile("None of the file's menus can be used.")
    holidays = _array(root, "holidays") or []
    if len(holidays) > _MAXIMUM_HOLIDAYS:
        raise BadMenuFile(f"The file has more than {_MAXIMUM_HOLIDAYS:,} holidays.")
    return PublishedMenu(
        version=version,
        currency=report.currency,
        prep_time_minutes=_prep_time(root, report),
        menus=menus,
        taxes=taxes,
        holidays=report.read_all("holiday", map(decode, holidays), hours.holiday),
    )


def _array(root: Root, name: str) -> list[msgspec.Raw] | None:
    """Return an array of the root, None if it is missing or null."""
    try:
        return msgspec.json.decode(root.get(name, b"null"), type=list[msgspec.Raw] | None)
    except msgspec.ValidationError as error:
        raise BadMenuFile(f"{name} is not a list.") from error


def _prep_time(root: Root, report: Report) -> int:
    fields = {"prep_time_minutes": decode(root.get("prep_time_minutes", b"null"))}
    minutes = read.count(fields, "prep_time_minutes", "file", report)
    return PREP_TIME_MINUTES if minutes is None else minutes


def _check_fallen_out(menu: PublishedMenu, report: Report) -> None:
    """Raise BadMenuFile when over half of the variations would fall out."""
    live = sum(
        len(family.variations)
        for one in menu.menus
        for category in one.categories
        for family in category.families
    )
    seen = report.variations_seen
    if live * 2 < seen:
        raise BadMenuFile(f"{seen - live:,} of {seen:,} variations cannot be used.")
