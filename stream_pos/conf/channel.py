"""Settings of the ordering channel (contract DSP-API)."""

from pathlib import Path
from typing import NamedTuple

from django.core.exceptions import ImproperlyConfigured

from . import env
from .generated_secrets import refuse_weak, secret

# The published texts name the first only; the others follow the SDK's class names.
_EVENT_TYPES = ["new_order", "cancel_order", "store_status_update", "delivery_status_update"]
_MEGABYTE = 2**20


class MenuLimits(NamedTuple):
    """The limits of one published menu file; sizes are in bytes."""

    wire_bytes: int
    unpacked_bytes: int
    seconds: int
    levels: int
    objects: int


class ChannelSettings(NamedTuple):
    """The channel's settings beside its client; durations are in seconds.

    `event_types` are the literals of a new order, a cancelation, a store's and a delivery's status.
    """

    webhook_url: str
    webhook_secrets: tuple[str, ...]
    event_types: tuple[str, ...]
    menu_hosts: tuple[str, ...]
    menu_limits: MenuLimits
    handover_seconds: int
    confirm_seconds: int
    give_up_seconds: int
    turned_away_seconds: int
    self_pause_failures: int
    self_pause_seconds: int
    quote_seconds: int
    unpaid_per_guest: int
    unpaid_per_store: int
    holds_future_orders: bool
    reuses_menu_on_reconnect: bool
    guest_email: str


def from_environment(
    is_on: bool, production: bool, data_dir: Path, public_host: str
) -> ChannelSettings:
    """Return the settings. Raises ImproperlyConfigured."""
    url = env.http_url("STREAM_DSP_WEBHOOK_URL")
    if production and url.startswith("http://"):
        raise ImproperlyConfigured("STREAM_DSP_WEBHOOK_URL: write an https URL.")
    return ChannelSettings(
        webhook_url=url,
        webhook_secrets=_secrets(production, data_dir) if is_on or not production else (),
        event_types=_event_types(),
        menu_hosts=tuple(env.hosts("DSP_MENU_HOSTS", ["amazonaws.com"])),
        menu_limits=_menu_limits(),
        handover_seconds=env.integer("DSP_HANDOVER_SECONDS", 120, minimum=1),
        confirm_seconds=env.integer("DSP_CONFIRM_SECONDS", 180, minimum=1),
        give_up_seconds=env.integer("DSP_GIVE_UP_SECONDS", 900, minimum=1),
        turned_away_seconds=env.integer("DSP_TURNED_AWAY_SECONDS", 300),
        self_pause_failures=env.integer("DSP_SELF_PAUSE_FAILURES", 15),
        self_pause_seconds=env.integer("DSP_SELF_PAUSE_SECONDS", 1800, minimum=60),
        quote_seconds=env.integer("DSP_QUOTE_SECONDS", 600, minimum=1),
        unpaid_per_guest=env.integer("DSP_UNPAID_PER_GUEST", 5),
        unpaid_per_store=env.integer("DSP_UNPAID_PER_STORE", 120),
        holds_future_orders=env.choice("DSP_FUTURE_ORDERS", "hold", ("hold", "forward")) == "hold",
        reuses_menu_on_reconnect=env.boolean("DSP_REUSE_MENU_ON_RECONNECT", False),
        guest_email=env.text("DSP_GUEST_EMAIL", f"guest@{public_host}"),
    )


def _secrets(production: bool, data_dir: Path) -> tuple[str, ...]:
    name, others = "STREAM_DSP_WEBHOOK_SECRET", "STREAM_DSP_WEBHOOK_OTHER_SECRETS"
    current = secret(name, env.text(name), production=production, data_dir=data_dir)
    further = env.string_list(others, [], separator=None)
    if production:
        for one in further:
            refuse_weak(others, one)
    return (current, *further)


def _event_types() -> tuple[str, ...]:
    name = "STREAM_DSP_EVENT_TYPES"
    types = tuple(env.string_list(name, _EVENT_TYPES))
    if len(set(types)) != len(_EVENT_TYPES):
        raise ImproperlyConfigured(
            f"{name}={','.join(types)!r}: write four different types separated by commas, in the"
            f" order of {','.join(_EVENT_TYPES)}."
        )
    return types


def _menu_limits() -> MenuLimits:
    return MenuLimits(
        wire_bytes=env.integer("DSP_MENU_WIRE_MB", 32, minimum=1) * _MEGABYTE,
        unpacked_bytes=env.integer("DSP_MENU_UNPACKED_MB", 128, minimum=1) * _MEGABYTE,
        seconds=env.integer("DSP_MENU_SECONDS", 60, minimum=1),
        levels=env.integer("DSP_MENU_LEVELS", 64, minimum=8),
        objects=env.integer("DSP_MENU_OBJECTS", 200_000, minimum=1),
    )
