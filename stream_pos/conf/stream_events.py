"""The secrets of the Stream Events role (contract EV)."""

from pathlib import Path

from . import env
from .generated_secrets import refuse_weak, secret

_SECRET, _OTHERS = "STREAM_EVENTS_SECRET", "STREAM_EVENTS_OTHER_SECRETS"


def secrets_from_environment(*, production: bool, data_dir: Path) -> list[str]:
    """Return the secrets whose signatures are valid, the current one first.

    The list is empty on a public deployment without STREAM_EVENTS_SECRET: the role is off.
    """
    current, others = env.text(_SECRET), env.string_list(_OTHERS, [], separator=None)
    if production and not current and not others:
        return []
    current = secret(_SECRET, current, production=production, data_dir=data_dir)
    if production:
        for other in others:
            refuse_weak(_OTHERS, other)
    return [current, *others]
