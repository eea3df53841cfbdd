"""Fixtures for menus that are published to a store."""

from collections.abc import Iterator

import pytest

from dsp.menu_intake import child
from dsp.menu_intake import reading as bounded_reading
from dsp.models import Store
from tests.dsp.support.channel import Channel
from tests.dsp.support.file_server import FileServer
from tests.dsp.support.publishing import Publisher


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read files here, which saves the start of a process."""
    monkeypatch.setattr(
        bounded_reading.process, "run", lambda function, content, limits: child.read(content)
    )


@pytest.fixture
def files() -> Iterator[FileServer]:
    server = FileServer()
    yield server
    server.stop()


@pytest.fixture
def publisher(
    channel: Channel, files: FileServer, store: Store, in_this_process: None
) -> Publisher:
    """Return Stream publishing to the store; files are read in this process."""
    return Publisher(channel, files, store)
