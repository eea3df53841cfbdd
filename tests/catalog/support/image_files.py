"""Pictures as people upload them, and files that only claim to be pictures."""

import struct
import zlib
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image


def image(width: int = 400, height: int = 320, mode: str = "RGB", shade: int = 0) -> Image.Image:
    """Return a gradient, which compresses badly; `shade` distinguishes pictures."""
    grey = Image.linear_gradient("L").resize((width, height))
    return grey.point([(value + shade) % 256 for value in range(256)]).convert(mode)


def encoded(kind: str = "JPEG", picture: Image.Image | None = None, **options: Any) -> bytes:
    buffer = BytesIO()
    (picture or image()).save(buffer, kind, **options)
    return buffer.getvalue()


def upload(content: bytes | None = None, name: str = "burger.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, encoded() if content is None else content, "image/jpeg")


def png_that_promises(width: int, height: int) -> bytes:
    """Return a few bytes whose header declares a picture of this size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 1000)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", rows)
        + _chunk(b"IEND", b"")
    )


def _chunk(name: bytes, data: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(name + data))
    return struct.pack(">I", len(data)) + name + data + checksum


def moving(kind: str) -> bytes:
    frames = [image(shade=shade) for shade in (80, 160)]
    return encoded(kind, image(), save_all=True, append_images=frames, duration=100)


def photo_of_a_phone() -> bytes:
    """Return a photo that is on its side, with its location and camera in the metadata."""
    exif = Image.Exif()
    exif[0x0112] = 6  # Rotated by 90 degrees.
    exif[0x010F] = "Maker of phones"
    exif.get_ifd(0x8825)[2] = (30.0, 16.0, 2.0)  # The latitude.
    return encoded("JPEG", image(640, 480), exif=exif, comment=b"at home")
