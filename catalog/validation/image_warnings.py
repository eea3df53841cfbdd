"""What is probably wrong with a picture, as far as its address tells. Nothing is fetched for it.

Uploaded pictures were held against Stream's rules when they were stored (catalog.images).
"""

import ipaddress
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from urllib.parse import SplitResult, urlsplit

from catalog.models.pictures import is_ours
from integration.outbound_http import address_policy

from .context import Fault, Rule, Sight

_TYPES = (".jpg", ".jpeg", ".png", ".webp")
_SUFFIX = re.compile(r"\.[a-z]{2,5}\Z")
_INSIDE = (".local", ".localhost", ".internal", ".lan", ".home.arpa")


def address(sight: Sight) -> Iterator[Fault]:
    return _each(sight, lambda url: _wrong(url, _split(url)))


def _wrong(url: str, parts: SplitResult | None) -> str:
    if parts is None or parts.scheme not in ("http", "https") or not parts.netloc:
        return f"Its picture {url:.80} is no address of the web. Write one with https://."
    suffix = PurePosixPath(parts.path).suffix.lower()
    if _SUFFIX.match(suffix) and suffix not in _TYPES:
        return f"Its picture ends in {suffix}. Stream takes JPG, PNG and WEBP: use one of these."
    return ""


def out_of_reach(sight: Sight) -> Iterator[Fault]:
    return _each(sight, _unreachable)


def _unreachable(url: str) -> str:
    parts = _split(url)
    if parts is None or parts.scheme not in ("http", "https") or is_ours(url):
        return ""  # Said by another rule; where we are reached is the operator's to know.
    if parts.username is not None:
        return f"Its picture {url:.80} holds a password. Write an address that needs none."
    reason = _reason(parts.hostname or "")
    if reason:
        return (
            f"Its picture {url:.80} leads to {reason}, which Stream does not reach. Upload the"
            " picture's file instead."
        )
    if parts.scheme == "http":
        return f"Its picture {url:.80} is not encrypted. Write its address with https://."
    return ""


def _reason(host: str) -> str:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        is_inside = "." not in host.rstrip(".") or host.rstrip(".").endswith(_INSIDE)
        return "a name of a local network" if is_inside else ""
    return address_policy.refusal(host, allow_loopback=False) or ""


def gone(sight: Sight) -> Iterator[Fault]:
    kept = sight.menu.kept_pictures
    return _each(
        sight,
        lambda url: (
            f"Its picture {url:.80} is not here any more. Upload its file again."
            if is_ours(url) and url not in kept
            else ""
        ),
    )


def twice(sight: Sight) -> Iterator[Fault]:
    for kind, images in sight.menu.images.items():
        for key, rows in images.items():
            most = max(Counter(row["provider_url"] for row in rows).values(), default=0)
            if most > 1 and key in sight.menu.rows[kind]:
                yield Fault(kind, key, "It has the same picture twice. Remove one of them.")


def _each(sight: Sight, problem: Callable[[str], str]) -> Iterator[Fault]:
    for kind, images in sight.menu.images.items():
        for key, rows in images.items():
            for row in rows:
                if key in sight.menu.rows[kind] and (said := problem(row["provider_url"])):
                    yield Fault(kind, key, said)


def _split(url: str) -> SplitResult | None:
    """None when it cannot be taken apart, such as https://[1/."""
    try:
        return urlsplit(url)
    except ValueError:
        return None


RULES = (
    Rule(
        "image-address",
        address,
        "A picture's address is none of the web, or ends like another type than JPG, PNG or WEBP.",
        "Use another picture.",
    ),
    Rule(
        "image-out-of-reach",
        out_of_reach,
        "A picture's address is not https, holds a password, or leads into a local network.",
        "Write its https address, or upload its file.",
    ),
    Rule(
        "image-gone",
        gone,
        "A picture's address is one of ours, and the merchant has no picture there.",
        "Upload its file again.",
    ),
    Rule("image-twice", twice, "The same picture twice on one object.", "Remove one of them."),
)
