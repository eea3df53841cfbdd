"""The attacks hold their connections for as long as they say."""

import contextlib
import socket
import threading

import pytest

from .connections import HALF_HEAD, hold


@pytest.fixture
def server():
    """Yield a function that opens a port, and closes the connections to it or keeps them."""
    with contextlib.ExitStack() as stack:

        def listen(*, closes):
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            threading.Thread(target=accept, args=(listener, closes), daemon=True).start()
            return listener.getsockname()[1]

        def accept(listener, closes):
            with contextlib.suppress(OSError):  # The listener is closed.
                while True:
                    connection = stack.enter_context(listener.accept()[0])
                    if closes:
                        connection.close()

        yield listen


def test_a_connection_that_the_server_closes_is_opened_again(server):
    assert hold(server(closes=True), 3, HALF_HEAD, seconds=1) > 6


def test_a_connection_that_the_server_keeps_is_opened_once(server):
    assert hold(server(closes=False), 3, HALF_HEAD, seconds=0.5) == 3
