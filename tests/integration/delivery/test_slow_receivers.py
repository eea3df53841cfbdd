"""A receiver that never finishes its answer does not hold up others for long."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from integration.delivery import runner as delivery_runner
from integration.models import OutboundEvent
from integration.webhooks import outbox


@pytest.fixture
def dripping_head() -> Iterator[str]:
    """Provide a URL whose answer's head arrives byte by byte for half a minute."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        stop = threading.Event()

        def drip(connection: socket.socket) -> None:
            with connection, contextlib.suppress(OSError):
                for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 400:
                    if stop.wait(0.1):
                        return
                    connection.sendall(bytes([byte]))

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    threading.Thread(target=drip, args=[connection], daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/hook"
        stop.set()


@pytest.mark.django_db(transaction=True)
def test_a_dripping_answer_is_given_up_before_its_lease_ends(merchant, settings, dripping_head):
    settings.STREAM_WEBHOOK_URL = dripping_head
    settings.WEBHOOK_TIMEOUT_SECONDS = (0.5, 0.5)
    event = outbox.emit(
        merchant_id=merchant.pk, location_id="loc_1", event_type="test", ordering_key="k"
    )
    begun = time.monotonic()
    assert delivery_runner.deliver_due() == 1
    assert time.monotonic() - begun < 4
    event.refresh_from_db()
    assert event.state == OutboundEvent.State.WAITING
    assert event.attempts.get().error == "No answer came within 0.5 seconds."
