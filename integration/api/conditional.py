"""Conditional requests, and answers that are stored compressed (RFC 9110)."""

GZIP_TAG = "-gzip"
_ZERO_WEIGHTS = ("q=0", "q=0.0", "q=0.00", "q=0.000")


def known_etags(header: str) -> frozenset[str]:
    """Return the entity tags of an If-None-Match, for weak comparison (RFC 9110 §13.1.2).

    Strong tags differ between encodings: those of a compressed answer end in GZIP_TAG, which is
    taken off.
    """
    tags = (tag.strip().removeprefix("W/").strip('"') for tag in header.split(","))
    return frozenset(tag.removesuffix(GZIP_TAG) for tag in tags)


def accepts_gzip(header: str) -> bool:
    """Tell from the Accept-Encoding header if the client takes gzip (RFC 9110 §12.5.3)."""
    weights: dict[str, str] = {}
    for part in header.lower().split(","):
        coding, _, weight = part.partition(";")
        weights[coding.strip()] = weight.replace(" ", "")
    return weights.get("gzip", weights.get("*", "q=0")) not in _ZERO_WEIGHTS
