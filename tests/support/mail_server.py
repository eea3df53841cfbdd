"""A fake mail server, and a fixture that points the settings at it."""

import socketserver
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy
from typing import Any

import pytest


class Conversation(socketserver.StreamRequestHandler):
    """The subset of SMTP (RFC 5321) a client needs to deliver a mail."""

    server: "MailServer"

    def handle(self) -> None:
        if self.server.is_silent:
            self.server.is_over.wait(30)
            return
        self.reply("220 here")
        while words := self.rfile.readline().decode().split(" "):
            command = words[0].strip().upper()
            if command == "DATA":
                self.reply("354 go on")
                self.receive_mail()
            elif command in ("QUIT", ""):
                self.reply("221 bye")
                return
            else:
                self.reply("250 ok")

    def receive_mail(self) -> None:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line)
        text = b"".join(lines)
        if self.server.dislikes and self.server.dislikes in text:
            self.reply("554 refused")
            return
        self.server.taken.append(message_from_bytes(text, policy=policy.default))
        self.reply("250 accepted")

    def reply(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class MailServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.is_silent = False
        self.dislikes = b""
        self.is_over = threading.Event()
        self.taken: list[Any] = []


@pytest.fixture
def mail_server(settings: Any) -> Iterator[MailServer]:
    server = MailServer()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_TIMEOUT = 10
    yield server
    server.is_over.set()
    server.shutdown()
    server.server_close()
