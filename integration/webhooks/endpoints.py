"""The endpoints that receive our events, and how they are reached.

Delivery is keyed by the name of the endpoint. Stream's address is a setting; an app that sends
events elsewhere registers an endpoint of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.conf import settings

STREAM = "stream"


@dataclass(frozen=True)
class Destination:
    """The address of an endpoint, and the secrets that sign its events.

    The first secret is the current one; the others are earlier or later ones, while a secret is
    being rotated.
    """

    url: str
    secrets: tuple[str, ...] = field(repr=False)
    signature_encoding: str = "hex"


def _stream() -> Destination | None:
    if not settings.STREAM_WEBHOOK_URL:
        return None
    return Destination(
        url=settings.STREAM_WEBHOOK_URL,
        secrets=(settings.STREAM_WEBHOOK_SECRET, *settings.STREAM_WEBHOOK_OTHER_SECRETS),
        signature_encoding=settings.STREAM_WEBHOOK_SIGNATURE_ENCODING,
    )


Source = Callable[[], Destination | None]
_sources: dict[str, Source] = {STREAM: _stream}


def register(name: str, source: Source) -> None:
    """Add an endpoint; `source` returns its destination, or None while it has no address.

    It has its own queue, circuit breaker and place on the page "Delivery" as soon as it has an
    address. Registering the same source again changes nothing; another one is a ValueError.
    """
    if _sources.setdefault(name, source) != source:
        raise ValueError(f"The endpoint {name} is registered already.")


def names() -> list[str]:
    """Return the names of all registered endpoints."""
    return list(_sources)


def destination(name: str) -> Destination | None:
    """Return the endpoint's destination; None while it has no address: its events wait."""
    source = _sources.get(name)
    return source() if source else None
