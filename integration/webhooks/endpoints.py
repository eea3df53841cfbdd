"""Who receives our events, and how they are reached.

Delivery is keyed by the name of the endpoint. Stream's address is a setting; another kind of
receiver adds its name and its own source of destinations.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.conf import settings

STREAM = "stream"


@dataclass(frozen=True)
class Destination:
    """Where an endpoint's events go, and what signs them.

    Of several secrets the first is the present one; the others were it, or will be, while a
    secret is exchanged.
    """

    url: str
    secrets: tuple[str, ...] = field(repr=False)
    signature_encoding: str = "hex"


def _stream(name: str) -> Destination | None:
    if name != STREAM or not settings.STREAM_WEBHOOK_URL:
        return None
    return Destination(
        url=settings.STREAM_WEBHOOK_URL,
        secrets=(settings.STREAM_WEBHOOK_SECRET, *settings.STREAM_WEBHOOK_OTHER_SECRETS),
        signature_encoding=settings.STREAM_WEBHOOK_SIGNATURE_ENCODING,
    )


# Each has its own queue, breaker and place on the page "Delivery" as soon as it has an address.
names: list[str] = [STREAM]
# Each is asked in turn for the destination of an endpoint's name.
sources: list[Callable[[str], Destination | None]] = [_stream]


def destination(name: str) -> Destination | None:
    """None while nobody knows where the endpoint is: its events wait."""
    for source in sources:
        found = source(name)
        if found is not None:
            return found
    return None
