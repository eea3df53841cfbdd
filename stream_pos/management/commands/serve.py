import contextlib
import os
import socket
from argparse import ArgumentTypeError
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error

from integration.db import outages
from stream_pos.runtime import file_broker, folder_lock, private_files
from stream_pos.runtime import processes as child_processes
from stream_pos.runtime.supervisor import Supervisor
from stream_pos.runtime.web_watch import WebWatch
from stream_pos.runtime.worker_watch import WorkerWatch


class Command(BaseCommand):
    help = "Run the web server and worker in one command; no other server is required."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=_port, default=8000)

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        _lock_data_folder()
        private_files.report()
        _check_port_is_free(host, port)
        url_host = f"[{host}]" if ":" in host else host
        url = f"http://{url_host}:{port}"
        if url_host in settings.LOOPBACK_HOSTS:  # Links then use the port actually served.
            os.environ.setdefault("STREAM_POS_PUBLIC_URL", url)
        _migrate()
        self._say(f"Starting Stream POS on {url}")
        if not settings.REDIS_URL:
            file_broker.empty(settings.BROKER_DIR / "queue")
        web = child_processes.web(host, port)
        worker = child_processes.worker()
        web_watch = WebWatch(url, web, on_ready=lambda: self._say(f"Stream POS is ready: {url}"))
        checks = [web_watch.check, WorkerWatch(worker).check]
        Supervisor([web, worker], settings.BASE_DIR).run(checks)
        self._say("Stream POS has stopped.")

    def _say(self, line: str) -> None:
        with contextlib.suppress(OSError):  # The output may be a file on a full disk.
            self.stdout.write(line)
            self.stdout.flush()


def _port(text: str) -> int:
    """Parse a port; the system would map 99999 to another port and 0 to any."""
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise ArgumentTypeError(f"{text!r} is not a port: write a number from 1 to 65535.")
    return int(text)


def _lock_data_folder() -> None:
    """Raise CommandError if another `serve` uses the folder: both would take one queue's files."""
    folder = settings.DATA_DIR
    try:
        folder_lock.hold(folder)
    except folder_lock.InUse as error:
        raise CommandError(
            f"Another Stream POS runs on the data folder {folder}: stop it, or point"
            " STREAM_POS_DATA_DIR to another folder."
        ) from error
    except OSError as error:
        reason = error.strerror or error
        raise CommandError(f"The data folder {folder} cannot be used: {reason}.") from error


def _migrate() -> None:
    try:
        call_command("migrate", interactive=False, verbosity=0)
    except Error as error:
        if not outages.is_outage(error):
            raise
        reason = str(error).strip().splitlines()[0]
        raise CommandError(f"The database cannot be used: {reason}") from error


def _check_port_is_free(host: str, port: int) -> None:
    """Raise CommandError at once, with a one-line message, if the port cannot be used."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise CommandError(f"Port {port} on {host} cannot be used: {error}.") from error
