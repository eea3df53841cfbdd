import logging
import os
import socket
from argparse import ArgumentTypeError
from typing import Any

import requests
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError

from stream_pos.runtime import file_broker
from stream_pos.runtime import processes as child_processes
from stream_pos.runtime.supervisor import Supervisor

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Run the web server, worker and scheduler in one command; no other server is required."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=_port, default=8000)

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        _check_port_is_free(host, port)
        url_host = f"[{host}]" if ":" in host else host
        url = f"http://{url_host}:{port}"
        if url_host in settings.LOOPBACK_HOSTS:  # Links then use the port actually served.
            os.environ.setdefault("STREAM_POS_PUBLIC_URL", url)
        _migrate()
        self.stdout.write(f"Starting Stream POS on {url}")
        self.stdout.flush()
        readiness = ReadinessNotice(url, self)
        if not settings.REDIS_URL:
            file_broker.empty(settings.BROKER_DIR / "queue")
        children = [
            child_processes.web(host, port),
            child_processes.worker(),
            child_processes.scheduler(),
        ]
        Supervisor(children, settings.BASE_DIR).run(on_tick=readiness.check)
        self.stdout.write("Stream POS has stopped.")


class ReadinessNotice:
    """Print once that the web server is ready."""

    def __init__(self, url: str, command: BaseCommand) -> None:
        self._url = url
        self._session = requests.Session()
        self._session.trust_env = False  # A proxy from the environment cannot reach this server.
        self._command = command
        self._printed = False

    def check(self) -> None:
        if self._printed:
            return
        try:
            response = self._session.get(f"{self._url}/healthz", timeout=1, allow_redirects=False)
        except requests.RequestException:
            return
        if response.status_code == 200:
            self._printed = True
            self._command.stdout.write(f"Stream POS is ready: {self._url}")
            self._command.stdout.flush()


def _port(text: str) -> int:
    """Parse a port; the system would map 99999 to another port and 0 to any."""
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise ArgumentTypeError(f"{text!r} is not a port: write a number from 1 to 65535.")
    return int(text)


def _migrate() -> None:
    try:
        call_command("migrate", interactive=False, verbosity=0)
    except OperationalError as error:
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
