"""Secrets for development: generated once if unset and stored in the data directory."""

import contextlib
import fcntl
import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from . import env

MINIMUM_LENGTH = {
    "SECRET_KEY": 50,
    "SECRET_KEY_FALLBACKS": 50,
    "STREAM_CLIENT_SECRET": 32,
    "STREAM_CLIENT_OTHER_SECRETS": 32,
    "STREAM_DSP_CLIENT_SECRET": 32,
    "STREAM_DSP_CLIENT_OTHER_SECRETS": 32,
    "STREAM_WEBHOOK_SECRET": 16,
    "STREAM_WEBHOOK_OTHER_SECRETS": 16,
    "STREAM_DSP_WEBHOOK_SECRET": 16,
    "STREAM_DSP_WEBHOOK_OTHER_SECRETS": 16,
    "STREAM_EVENTS_SECRET": 16,
    "STREAM_EVENTS_OTHER_SECRETS": 16,
    "STAFF_CALL_SECRET": 16,
}
_WELL_KNOWN = ("django-insecure", "changeme", "change-me", "secret", "password", "example", "demo")


def secret(name: str, value: str, *, production: bool, data_dir: Path) -> str:
    """Return the configured secret or, outside production, the stored one.

    Raise ImproperlyConfigured in production if it is missing, short or well known.
    """
    if production:
        refuse_weak(name, value)
        return value
    return value or _stored_secret(data_dir / "secrets.json", name)


def of_events_role(*, production: bool, data_dir: Path) -> list[str]:
    """Return the secrets whose signatures are valid in the Events role, the current one first.

    The list is empty on a public deployment without STREAM_EVENTS_SECRET: the role is off.
    """
    current = env.text("STREAM_EVENTS_SECRET")
    others = env.string_list("STREAM_EVENTS_OTHER_SECRETS", [], separator=None)
    if production and not current and not others:
        return []
    current = secret("STREAM_EVENTS_SECRET", current, production=production, data_dir=data_dir)
    if production:
        for other in others:
            refuse_weak("STREAM_EVENTS_OTHER_SECRETS", other)
    return [current, *others]


def refuse_weak(name: str, value: str) -> None:
    """Raise ImproperlyConfigured if a public deployment must not use this secret."""
    minimum = MINIMUM_LENGTH[name]
    if not value:
        raise ImproperlyConfigured(
            f"{name} is not set: a public deployment needs it,"
            f" at least {minimum} random characters."
        )
    weak = len(value) < minimum or len(set(value)) < 8 or value.lower().startswith(_WELL_KNOWN)
    if weak:
        raise ImproperlyConfigured(
            f"{name} is too weak for a public deployment: "
            f"write at least {minimum} random characters."
        )


def _stored_secret(path: Path, name: str) -> str:
    stored = _read(path)
    if name not in stored:
        stored = _add_missing(path)
    return stored[name]


def _read(path: Path) -> dict[str, str]:
    try:
        return {str(key): str(value) for key, value in json.loads(path.read_text()).items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError) as error:
        raise ImproperlyConfigured(
            f"{path} cannot be read: repair it, delete it to generate new secrets, or point"
            " STREAM_POS_DATA_DIR to another folder."
        ) from error


def _add_missing(path: Path) -> dict[str, str]:
    """Generate missing secrets; if several processes start at once, the first one wins."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _exclusive_lock(path.parent):
            stored = _read(path)
            for key in MINIMUM_LENGTH:
                stored.setdefault(key, secrets.token_urlsafe(48))
            handle, name = tempfile.mkstemp(dir=path.parent)  # Created with mode 0600.
            with os.fdopen(handle, "w") as file:
                json.dump(stored, file, indent=1)
            Path(name).replace(path)
    except OSError as error:
        raise ImproperlyConfigured(
            f"{path.parent} cannot be written: point STREAM_POS_DATA_DIR to a folder that can."
        ) from error
    return stored


@contextlib.contextmanager
def _exclusive_lock(folder: Path) -> Iterator[None]:
    """Admit one process at a time; the lock is released even if the process dies."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
