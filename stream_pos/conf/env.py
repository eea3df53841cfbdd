"""Reads settings from the environment; a wrong value stops the start with a sentence.

Every name that is read is recorded in DECLARED, so that a test can hold the table in
docs/settings.md and the code equal.
"""

import ipaddress
import os
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")

DECLARED: set[str] = set()

_MAXIMUM = 10**9  # Seconds of thirty years; a date can still be reckoned with it.
_HOST = re.compile(r"\*|\.?[\w-]+(\.[\w-]+)*\.?|\[[\da-f:.]+\]", re.ASCII | re.IGNORECASE)


def text(name: str, default: str = "") -> str:
    """The value without surrounding blanks; an empty value counts as unset."""
    DECLARED.add(name)
    return os.environ.get(name, "").strip() or default


def boolean(name: str, default: bool) -> bool:
    value = text(name, str(default))
    if value not in ("True", "False"):
        raise ImproperlyConfigured(f"{name}={value!r}: write True or False.")
    return value == "True"


def integer(name: str, default: int, *, minimum: int = 0) -> int:
    value = text(name, str(default))
    if not _is_whole(value) or int(value) < minimum:
        raise ImproperlyConfigured(
            f"{name}={value!r}: write a whole number from {minimum} to {_MAXIMUM}."
        )
    return int(value)


def _is_whole(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) < 20 and int(value) <= _MAXIMUM


def number(name: str, default: float) -> float:
    value = text(name, str(default))
    try:
        result = float(value)
    except ValueError:
        result = -1.0
    if not 0 < result < 1e6:
        raise ImproperlyConfigured(f"{name}={value!r}: write a number above 0, such as 2.5.")
    return result


def part(name: str, default: float) -> float:
    """A part of one, such as 0.2; 0 is none of it."""
    value = text(name, str(default))
    try:
        result = float(value)
    except ValueError:
        result = -1.0
    if not 0 <= result < 1:
        raise ImproperlyConfigured(f"{name}={value!r}: write a number from 0 to 0.99, such as 0.2.")
    return result


def words(name: str, default: list[str], *, separator: str | None = ",") -> list[str]:
    """A list, by comma unless said otherwise; None as separator means blanks."""
    parts = text(name).split(separator)
    return [part.strip() for part in parts if part.strip()] or default


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    value = text(name, default)
    if value not in allowed:
        raise ImproperlyConfigured(f"{name}={value!r}: write one of {', '.join(allowed)}.")
    return value


def integers(name: str, default: list[int]) -> list[int]:
    value = words(name, [str(part) for part in default])
    if not all(_is_whole(part) for part in value):
        raise ImproperlyConfigured(f"{name}={','.join(value)!r}: write whole numbers by comma.")
    return [int(part) for part in value]


def hosts(name: str, default: list[str]) -> list[str]:
    """Host names as Django's ALLOWED_HOSTS takes them: no scheme, no port."""
    value = words(name, default)
    for host in value:
        if not _HOST.fullmatch(host):
            raise ImproperlyConfigured(
                f"{name}: {host!r} is no host name: write names such as pos.example.com by comma."
            )
    return value


def networks(name: str) -> list[str]:
    """Addresses and networks; a bad one would otherwise be found by the first request."""
    value = words(name, [])
    for network in value:
        try:
            ipaddress.ip_network(network, strict=False)
        except ValueError as error:
            raise ImproperlyConfigured(
                f"{name}: {network!r} is no address: write them like 10.0.0.0/8 by comma."
            ) from error
    return value


def web_address(name: str, default: str = "") -> str:
    """An http(s) URL exactly as it was written, or an empty text when unset."""
    value = text(name, default)
    if value:
        _check_web_address(name, value)
    return value


def web_addresses(name: str, default: list[str]) -> list[str]:
    """http(s) URLs, separated by blanks."""
    value = words(name, default, separator=None)
    for address in value:
        _check_web_address(name, address)
    return value


def origin(name: str, default: str) -> str:
    """An http(s) URL without a path, as all our addresses begin at the root."""
    value = text(name, default).rstrip("/")
    _check_web_address(name, value)
    parts = urlsplit(value)
    if parts.path or parts.query or parts.fragment or "@" in parts.netloc:
        raise ImproperlyConfigured(
            f"{name}={value!r}: write scheme and host only, such as https://pos.example.com."
        )
    return value


def _check_web_address(name: str, value: str) -> None:
    try:
        parts = urlsplit(value)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        good = False
    if not good or any(character.isspace() for character in value):
        raise ImproperlyConfigured(
            f"{name}={value!r}: write a whole URL such as https://pos.example.com."
        )


def email(name: str, example: str) -> dict[str, Any]:
    """Django's settings of the server that sends mail; unset, none is sent."""
    return parsed(name, "dummymail://", environ.Env.email_url_config, example)


def make_folder(name: str, folder: Path) -> None:
    """The folder, which the named setting has chosen, exists afterwards."""
    try:
        # For the owner alone: customers' data and sessions are in it.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"{name}: the folder {folder} cannot be made.") from error


def parsed(name: str, default: str, parse: Callable[[str], T], example: str) -> T:
    """What `parse` makes of the value; its refusal becomes a sentence with an example."""
    value = text(name, default)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # A library's warning would print the value.
            return parse(value)
    except (
        ValueError, KeyError, TypeError, AttributeError, UserWarning, ImproperlyConfigured,
    ) as error:  # fmt: skip
        # The value may hold a password, so it is not repeated.
        raise ImproperlyConfigured(f"{name} cannot be read: write it like {example}.") from error
