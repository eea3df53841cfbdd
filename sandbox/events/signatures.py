"""The signatures of Stream Events: the contract leaves their form open, so all are tried."""

from __future__ import annotations

from sandbox.stream.webhooks import signature

HEADER = "X-Stream-Signature"
WRONG = "wrong"
FORMS = ("hex", "base64", "sha256=hex", "sha256=base64", WRONG)


def signed(body: bytes, secret: str, form: str) -> str:
    """Return the header for this form; `wrong` is the signature under another secret."""
    if form == WRONG:
        return signature(body, f"not {secret}", "hex")
    prefix = "sha256=" if form.startswith("sha256=") else ""
    return prefix + signature(body, secret, form.removeprefix("sha256="))
