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
    help = "Run Stream POS: web, worker and scheduler in one command, with no other server."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=_port, default=8000)

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        _refuse_taken(host, port)
        shown = f"[{host}]" if ":" in host else host
        url = f"http://{shown}:{port}"
        if shown in settings.LOOPBACK_HOSTS:  # Links then name the port that is really served.
            os.environ.setdefault("STREAM_POS_PUBLIC_URL", url)
        _migrate()
        self.stdout.write(f"Stream POS starts on {url}")
        self.stdout.flush()
        readiness = Readiness(url, self)
        if not settings.REDIS_URL:
            file_broker.empty(settings.BROKER_DIR / "queue")
        parts = [
            child_processes.web(host, port),
            child_processes.worker(),
            child_processes.scheduler(),
        ]
        Supervisor(parts, settings.BASE_DIR).run(on_tick=readiness.look)
        self.stdout.write("Stream POS has stopped.")


class Readiness:
    """Says once that the web server answers."""

    def __init__(self, url: str, command: BaseCommand) -> None:
        self._url = url
        self._session = requests.Session()
        self._session.trust_env = False  # A proxy of the environment does not lead to ourselves.
        self._command = command
        self._said = False

    def look(self) -> None:
        if self._said:
            return
        try:
            response = self._session.get(f"{self._url}/healthz", timeout=1, allow_redirects=False)
        except requests.RequestException:
            return
        if response.status_code == 200:
            self._said = True
            self._command.stdout.write(f"Stream POS is ready: {self._url}")
            self._command.stdout.flush()


def _port(text: str) -> int:
    """The system would take 99999 for another port, and 0 for any."""
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise ArgumentTypeError(f"{text!r} is no port: write a number from 1 to 65535.")
    return int(text)


def _migrate() -> None:
    try:
        call_command("migrate", interactive=False, verbosity=0)
    except OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        raise CommandError(f"The database cannot be used: {reason}") from error


def _refuse_taken(host: str, port: int) -> None:
    """A port that cannot be had is said at once, in one sentence."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise CommandError(f"Port {port} on {host} cannot be used: {error}.") from error
