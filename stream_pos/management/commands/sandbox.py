"""`manage.py sandbox`: run the stand-in for Stream as a separate process."""

from __future__ import annotations

import argparse
import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from sandbox.config import ChannelConfig, SandboxConfig, checked_pos_url
from sandbox.server.server import SandboxServer


class Command(BaseCommand):
    help = "Run the stand-in for Stream: a web page and an API that exercise a POS."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=_port, default=9000)
        parser.add_argument("--pos", type=_pos_url, default="http://127.0.0.1:8000")
        parser.add_argument(
            "--channel", type=_pos_url, help="The ordering channel; without: --pos."
        )

    def handle(self, *args: Any, port: int, pos: str, channel: str | None, **options: Any) -> None:
        server = _bound_server(port, pos, channel or "")
        stop = threading.Event()
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signal_number, lambda *_: stop.set())
        server.start()
        config = server.sandbox.config
        self.stdout.write(f"The sandbox for {config.pos_url} is running at {config.public_url}/")
        self.stdout.write(f"It receives webhooks at {config.webhook_url}")
        if config.channel.client_id:
            self.stdout.write(f"It receives the channel's orders at {config.order_url}")
        self.stdout.flush()
        stop.wait()
        server.stop()


def _bound_server(port: int, pos: str, channel: str) -> SandboxServer:
    try:
        return SandboxServer(
            SandboxConfig(
                pos_url=pos,
                client_id=settings.STREAM_CLIENT_ID,
                client_secret=settings.STREAM_CLIENT_SECRET,
                webhook_secret=settings.STREAM_WEBHOOK_SECRET,
                signature_encoding=settings.STREAM_WEBHOOK_SIGNATURE_ENCODING,
                events_secret=next(iter(settings.STREAM_EVENTS_SECRETS), ""),
                port=port,
                channel=ChannelConfig(
                    client_id=settings.STREAM_DSP_CLIENT_ID,
                    client_secret=settings.STREAM_DSP_CLIENT_SECRET,
                    webhook_secret=next(iter(settings.DSP.webhook_secrets), ""),
                    url=channel,
                ),
            )
        )
    except ValueError as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise CommandError(f"The sandbox cannot use port {port}: {reason}.") from error


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 65535):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: write a number up to 65535.")
    return int(text)


def _pos_url(text: str) -> str:
    try:
        return checked_pos_url(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
