"""Configuration of a sandbox."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

BASE_PATH = "/stream-pos/v1"
EVENTS_PATH = "/stream-events/v1/events"
CHANNEL_PATH = "/stream-dsp/v1"


@dataclass(frozen=True)
class ChannelConfig:
    """An ordering channel and Stream's credentials there (DSP); without an id there is no role.

    The channel is at the POS's URL unless it has one of its own. `partner` is its name at Stream.
    """

    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    webhook_secret: str = field(default="", repr=False)
    url: str = ""
    partner: str = "demo"
    # The gaps before a failed event is sent again, and before an order is offered to a POS again.
    retry_seconds: tuple[float, ...] = (1, 2, 4, 8, 16, 32)
    # A POS decides within this time, or Stream does.
    decision_seconds: float = 60.0


@dataclass(frozen=True)
class SandboxConfig:
    """The POS to test, the sandbox's own address, and the shared credentials.

    Without an events secret, the sandbox sends no Stream Events.
    Raises ValueError with a readable message if a value is unusable.
    """

    pos_url: str
    client_id: str
    client_secret: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    port: int = 9000
    signature_encoding: str = "hex"
    events_secret: str = field(default="", repr=False)
    # The gaps before a failed event is sent again.
    events_retry_seconds: tuple[float, ...] = (1, 2, 4, 8, 16, 32, 64, 128)
    redirect_path: str = "/oauth/callback"
    channel: ChannelConfig = ChannelConfig()
    channel_redirect_path: str = "/callback/dsp"

    def __post_init__(self) -> None:
        object.__setattr__(self, "pos_url", checked_pos_url(self.pos_url))
        for name in ("client_id", "client_secret", "webhook_secret"):
            if not getattr(self, name):
                raise ValueError(
                    f"The {name.replace('_', ' ')} is empty: the sandbox requires one."
                )
        if self.signature_encoding not in ("hex", "base64"):
            raise ValueError(
                f"The signature encoding is {self.signature_encoding!r}: write hex or base64."
            )

    @property
    def public_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def redirect_uri(self) -> str:
        return self.public_url + self.redirect_path

    @property
    def webhook_url(self) -> str:
        return f"{self.public_url}/pos/demo/webhook"

    @property
    def events_url(self) -> str:
        return self.pos_url + EVENTS_PATH

    @property
    def channel_url(self) -> str:
        return (self.channel.url or self.pos_url) + CHANNEL_PATH

    @property
    def channel_redirect_uri(self) -> str:
        return self.public_url + self.channel_redirect_path

    @property
    def order_url(self) -> str:
        return f"{self.public_url}/order/{self.channel.partner}"


def checked_pos_url(text: str) -> str:
    """Return the POS's URL without a trailing slash; ValueError if it is not an http(s) URL."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.query or parts.fragment:
        raise ValueError(f"{text!r} is not a POS URL: write e.g. http://127.0.0.1:8000.")
    return text.rstrip("/")
