"""Refuse forms with oversized files before anything is written to disk."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler


class UploadLimit(FileUploadHandler):
    """The first upload handler: refuse oversized forms, pass others to the next handlers.

    Django limits the fields of a form but not its files, and reads them before any view has
    checked the sender. Anonymous visitors have no files to send.
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
        is_signed_in = user is not None and user.is_authenticated
        limit = settings.UPLOAD_MAX_BYTES if is_signed_in else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if content_length > limit:
            raise RequestDataTooBig(
                f"This form has {content_length:,} bytes; at most {limit:,} are accepted."
            )

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
