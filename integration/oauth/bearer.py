"""The bearer token in a request's Authorization header (RFC 6750)."""


def token_in(header: str) -> str:
    """Return the token; empty if the header has none."""
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
