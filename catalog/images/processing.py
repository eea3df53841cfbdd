"""Process an upload in a process of its own, so that the worst file costs that upload alone."""

import json

from django.core.exceptions import ValidationError
from django.core.files import File

from integration.bounded import process
from integration.bounded.process import Limits, OutOfBounds
from integration.bounded.turns import Turns

from .recoding import ProcessedImage

MAX_UPLOAD_BYTES = 25_000_000
# 36 million pixels take two seconds where nothing else runs; the process gives way to others.
LIMITS = Limits(memory_mb=512, seconds=30)
turns = Turns(2)


def process_upload(upload: "File[bytes]") -> ProcessedImage:
    """Check and re-encode an upload.

    Raises ValidationError with the problem and its remedy, or Busy if others are processed now.
    """
    if upload.size >= MAX_UPLOAD_BYTES:
        megabytes = upload.size / 1_000_000
        raise ValidationError(
            f"This file is {megabytes:,.1f} MB; a picture must be under 25 MB."
            " Make it smaller and choose it again."
        )
    with turns.take():
        try:
            result = process.run("catalog.images.child:main", content=upload.read(), limits=LIMITS)
        except OutOfBounds as error:
            raise ValidationError(f"{error} Make it smaller and choose it again.") from error
    return _read(result)


def _read(result: bytes) -> ProcessedImage:
    """Read what the child wrote."""
    head, _, images = result.partition(b"\n")
    told = json.loads(head)
    if "refused" in told:
        raise ValidationError(told["refused"])
    size = told["content_bytes"]
    return ProcessedImage(told["kind"], told["width"], told["height"], images[:size], images[size:])
