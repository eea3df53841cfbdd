"""Refuses forms with larger files than anybody means to send, before a byte is on the disk."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler


class BoundedUploads(FileUploadHandler):
    """Comes first among the handlers, and leaves what passes it to the next ones.

    Django bounds the fields of a form, but not its files; and it reads them before any view has
    asked who sends them. Who is not signed in has no file to send.
    """

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, Any],  # noqa: N803  # Django's name.
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        assert self.request is not None
        user = getattr(self.request, "user", None)
        is_known = user is not None and user.is_authenticated
        most = settings.UPLOAD_MAX_BYTES if is_known else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if content_length > most:
            raise RequestDataTooBig(
                f"This form has {content_length:,} bytes, and at most {most:,} are taken."
            )

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
