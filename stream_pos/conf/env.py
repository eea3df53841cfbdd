"""Read settings from the environment; an invalid value stops startup with a one-line message.

Every name that is read is recorded in DECLARED, so that a test can compare the code with the
table in docs/settings.md.
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
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email

T = TypeVar("T")

DECLARED: set[str] = set()

_MAXIMUM = 10**9  # About thirty years in seconds; date arithmetic still works with it.
_NEXT_URL = re.compile(r",(?:https?:|\Z)", re.IGNORECASE)  # A comma may be part of a path.
_HOST = re.compile(r"\*|\.?[\w-]+(\.[\w-]+)*\.?|\[[\da-f:.]+\]", re.ASCII | re.IGNORECASE)


def text(name: str, default: str = "") -> str:
    """Return the value stripped of whitespace; an empty value counts as unset."""
    DECLARED.add(name)
    return os.environ.get(name, "").strip() or default


def boolean(name: str, default: bool) -> bool:
    value = text(name, str(default))
    if value not in ("True", "False"):
        raise ImproperlyConfigured(f"{name}={value!r}: write True or False.")
    return value == "True"


def integer(name: str, default: int, *, minimum: int = 0) -> int:
    value = text(name, str(default))
    if not _is_whole_number(value) or int(value) < minimum:
        raise ImproperlyConfigured(
            f"{name}={value!r}: write a whole number from {minimum} to {_MAXIMUM}."
        )
    return int(value)


def _is_whole_number(value: str) -> bool:
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


def fraction(name: str, default: float) -> float:
    """Return a fraction from 0 up to, but not including, 1."""
    value = text(name, str(default))
    try:
        result = float(value)
    except ValueError:
        result = -1.0
    if not 0 <= result < 1:
        raise ImproperlyConfigured(f"{name}={value!r}: write a number from 0 to 0.99, such as 0.2.")
    return result


def string_list(name: str, default: list[str], *, separator: str | None = ",") -> list[str]:
    """Split the value by commas or another separator; None splits at whitespace."""
    parts = text(name).split(separator)
    return [part.strip() for part in parts if part.strip()] or default


def mail_addresses(name: str) -> list[str]:
    """Return mail addresses separated by commas, without names beside them."""
    value = string_list(name, [])
    for address in value:
        try:
            validate_email(address)
        except ValidationError as error:
            raise ImproperlyConfigured(
                f"{name}: {address!r} is not a mail address: write addresses such as"
                " ann@example.com, separated by commas."
            ) from error
    return value


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    value = text(name, default)
    if value not in allowed:
        raise ImproperlyConfigured(f"{name}={value!r}: write one of {', '.join(allowed)}.")
    return value


def integers(name: str, default: list[int]) -> list[int]:
    value = string_list(name, [str(part) for part in default])
    if not all(_is_whole_number(part) for part in value):
        raise ImproperlyConfigured(
            f"{name}={','.join(value)!r}: write whole numbers separated by commas."
        )
    return [int(part) for part in value]


def hosts(name: str, default: list[str]) -> list[str]:
    """Return host names in the form of Django's ALLOWED_HOSTS: no scheme, no port."""
    value = string_list(name, default)
    for host in value:
        if not _HOST.fullmatch(host):
            raise ImproperlyConfigured(
                f"{name}: {host!r} is not a host name: write names such as pos.example.com,"
                " separated by commas."
            )
    return value


def networks(name: str) -> list[str]:
    """Return IP addresses and networks, validated now rather than on the first request."""
    value = string_list(name, [])
    for network in value:
        try:
            ipaddress.ip_network(network, strict=False)
        except ValueError as error:
            raise ImproperlyConfigured(
                f"{name}: {network!r} is not an address or network: write e.g. 10.0.0.0/8,"
                " separated by commas."
            ) from error
    return value


def http_url(name: str, default: str = "") -> str:
    """Return an http(s) URL exactly as written, or an empty string if unset."""
    value = text(name, default)
    if value:
        _check_http_url(name, value)
    return value


def http_urls(name: str, default: list[str]) -> list[str]:
    """Return http(s) URLs separated by whitespace."""
    value = string_list(name, default, separator=None)
    for address in value:
        _check_http_url(name, address)
    return value


def origin(name: str, default: str) -> str:
    """Return an http(s) URL without a path: all our URLs start at the root."""
    value = text(name, default).rstrip("/")
    _check_http_url(name, value)
    parts = urlsplit(value)
    if parts.path or parts.query or parts.fragment or "@" in parts.netloc:
        raise ImproperlyConfigured(
            f"{name}={value!r}: write scheme and host only, such as https://pos.example.com."
        )
    return value


def _check_http_url(name: str, value: str) -> None:
    try:
        parts = urlsplit(value)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        good = False
    if not good or any(character.isspace() for character in value):
        raise ImproperlyConfigured(
            f"{name}={value!r}: write a whole URL such as https://pos.example.com."
        )
    if _NEXT_URL.search(value):
        raise ImproperlyConfigured(
            f"{name}={value!r}: write one URL, or several separated by spaces where the setting"
            " allows them, without commas."
        )


def email(name: str, example: str) -> dict[str, Any]:
    """Return Django's mail server settings; if unset, no mail is sent."""
    return parsed(name, "dummymail://", environ.Env.email_url_config, example)


def create_folder(name: str, folder: Path) -> None:
    """Create the folder chosen by the named setting unless it exists."""
    try:
        # Readable by the owner only: it holds customer data and sessions.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"{name}: the folder {folder} cannot be created.") from error


def parsed(name: str, default: str, parse: Callable[[str], T], example: str) -> T:
    """Parse the value with `parse`; turn its error into a message that shows an example."""
    value = text(name, default)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # A library's warning would reveal the value.
            return parse(value)
    except (
        ValueError, KeyError, TypeError, AttributeError, UserWarning, ImproperlyConfigured,
    ) as error:  # fmt: skip
        # The value may contain a password, so the message does not repeat it.
        raise ImproperlyConfigured(f"{name} cannot be read: write it like {example}.") from error
