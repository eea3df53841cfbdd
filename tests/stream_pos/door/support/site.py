"""A WSGI application that is as slow as its caller asks, and notes what it was called for."""

import os
import time
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stream_pos.settings")


def _application(environ, start):
    from prometheus_client import generate_latest

    from integration.monitoring import counters

    note = environ.get("HTTP_X_NOTE", "")
    time.sleep(float(environ.get("HTTP_X_SLEEP", "0")))
    body = environ["wsgi.input"].read()
    if environ["PATH_INFO"] == "/figures":
        body = generate_latest(counters.registry())
    if environ["PATH_INFO"] == "/fails":
        raise ValueError("The application failed.")
    if environ["PATH_INFO"] == "/big":
        body = b"x" * 30_000_000
    if note:
        with (Path(os.environ["STREAM_POS_DATA_DIR"]) / "notes").open("a") as notes:
            notes.write(note + "\n")
    spoofed = environ.get("HTTP_X_FORWARDED_FOR", "")
    start("200 OK", [("X-Length", environ["CONTENT_LENGTH"]), ("X-Spoofed", spoofed)])
    return [body]


def _door():
    import multiprocessing

    import django

    django.setup()
    from integration.bounded.parent_death import die_with_parent
    from stream_pos.door.application import Door

    server = multiprocessing.parent_process()
    if server is not None:
        die_with_parent(server.pid)
    return Door(_application)


door = _door()
