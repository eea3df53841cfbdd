"""PostgreSQL's notifications wake the listener of a worker."""

import queue

import pytest

from integration.db import notifications


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_listener_hears_the_names_of_the_tasks():
    heard: queue.Queue[list[str]] = queue.Queue()
    listener = notifications.Listener(heard.put)
    listener.start()
    try:
        assert listener.is_listening.wait(10)
        notifications.Sender().send(["integration.tasks.deliver_due", "catalog.tasks.refresh"])
        assert heard.get(timeout=5) == ["integration.tasks.deliver_due", "catalog.tasks.refresh"]
    finally:
        listener.stop()
        listener.join(10)
