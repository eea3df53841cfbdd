"""Warnings about pictures, judged by their URLs alone; nothing is fetched.

Uploaded pictures were checked against Stream's rules when they were stored (catalog.images).
"""

import ipaddress
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from urllib.parse import SplitResult, urlsplit

from catalog.models.pictures import is_ours
from integration.outbound_http import address_policy

from .context import Fault, MenuContext, Rule

_TYPES = (".jpg", ".jpeg", ".png", ".webp")
_SUFFIX = re.compile(r"\.[a-z]{2,5}\Z")
_LOCAL_SUFFIXES = (".local", ".localhost", ".internal", ".lan", ".home.arpa")


def invalid_address(context: MenuContext) -> Iterator[Fault]:
    return _each(context, lambda url: _address_problem(url, _split(url)))


def _address_problem(url: str, parts: SplitResult | None) -> str:
    if parts is None or parts.scheme not in ("http", "https") or not parts.netloc:
        return f"Its picture {url:.80} is not a web address. Enter one that begins with https://."
    suffix = PurePosixPath(parts.path).suffix.lower()
    if _SUFFIX.match(suffix) and suffix not in _TYPES:
        return f"Its picture ends in {suffix}. Use JPG, PNG or WEBP, which Stream takes."
    return ""


def unreachable(context: MenuContext) -> Iterator[Fault]:
    return _each(context, _reach_problem)


def _reach_problem(url: str) -> str:
    parts = _split(url)
    if parts is None or parts.scheme not in ("http", "https") or is_ours(url):
        return ""  # Another rule covers the first; the operator is responsible for our own URL.
    if parts.username is not None:
        return f"Its picture {url:.80} contains a password. Enter an address that needs none."
    reason = _reason(parts.hostname or "")
    if reason:
        return (
            f"Its picture {url:.80} leads to {reason}, which Stream cannot reach. Upload the"
            " picture's file instead."
        )
    if parts.scheme == "http":
        return f"Its picture {url:.80} is not encrypted. Enter its https:// address."
    return ""


def _reason(host: str) -> str:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        is_local = "." not in host.rstrip(".") or host.rstrip(".").endswith(_LOCAL_SUFFIXES)
        return "a name of a local network" if is_local else ""
    return address_policy.rejection_reason(host, allow_loopback=False) or ""


def missing(context: MenuContext) -> Iterator[Fault]:
    kept = context.menu.kept_pictures
    return _each(
        context,
        lambda url: (
            f"Its picture {url:.80} no longer exists here. Upload its file again."
            if is_ours(url) and url not in kept
            else ""
        ),
    )


def duplicate(context: MenuContext) -> Iterator[Fault]:
    for kind, images in context.menu.images.items():
        for key, rows in images.items():
            highest_count = max(Counter(row["provider_url"] for row in rows).values(), default=0)
            if highest_count > 1 and key in context.menu.rows[kind]:
                yield Fault(kind, key, "It has the same picture twice. Remove one of them.")


def _each(context: MenuContext, problem: Callable[[str], str]) -> Iterator[Fault]:
    for kind, images in context.menu.images.items():
        for key, rows in images.items():
            for row in rows:
                if key in context.menu.rows[kind] and (sentence := problem(row["provider_url"])):
                    yield Fault(kind, key, sentence)


def _split(url: str) -> SplitResult | None:
    """Split the URL; None for a malformed one, such as https://[1/."""
    try:
        return urlsplit(url)
    except ValueError:
        return None


RULES = (
    Rule(
        "image-address",
        invalid_address,
        "A picture's address is not a web address, or ends in a type other than JPG, PNG or WEBP.",
        "Use another picture.",
    ),
    Rule(
        "image-out-of-reach",
        unreachable,
        "A picture's address is not https, contains a password, or leads into a local network.",
        "Enter its https address, or upload its file.",
    ),
    Rule(
        "image-gone",
        missing,
        "A picture's address is one of ours, but the merchant has no such picture.",
        "Upload its file again.",
    ),
    Rule("image-twice", duplicate, "One object has the same picture twice.", "Remove one of them."),
)
