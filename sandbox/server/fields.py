"""Fields that several routes of the API read."""

from __future__ import annotations

from sandbox.errors import SandboxError
from sandbox.stream.kinds import encoded
from sandbox.wire.inputs import Inputs

FULFILLMENT_TYPES = (
    "delivery",
    "merchant_managed_delivery",
    "pickup",
    "curbside",
    "drive_thru",
    "dine_in",
)


def raw_body(inputs: Inputs) -> bytes:
    """Return the given `body`: a string verbatim and else as JSON."""
    body = inputs.raw("body")
    # A lone surrogate becomes invalid UTF-8, which a POS must survive too.
    return body.encode("utf-8", "surrogatepass") if isinstance(body, str) else encoded(body)


def since(inputs: Inputs) -> int:
    """Parse the sequence number from the query string."""
    text = inputs.text("since", "0")
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise SandboxError("since must be a sequence number.")
    return int(text)
