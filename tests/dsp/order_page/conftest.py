from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import time_machine

from dsp.models import Store

from .guest import Guest


@pytest.fixture
def guest(selling: Store) -> Guest:
    """A guest at noon of an open store with the contract's menu."""
    return Guest()


@pytest.fixture
def drive_thru(selling: Store) -> Any:
    """Change fields of the store."""

    def change(**fields: Any) -> Store:
        Store.objects.filter(pk=selling.pk).update(**fields)
        selling.refresh_from_db()
        return selling

    return change


@pytest.fixture
def time_machine_at(selling: Store) -> Iterator[Any]:
    """Go to another instant."""
    with ExitStack() as stack:
        yield lambda at: stack.enter_context(time_machine.travel(at, tick=False))
