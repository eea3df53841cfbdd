"""Pictures as people have them, and files that only say that they are pictures."""

import struct
import zlib
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image


def image(width: int = 400, height: int = 320, mode: str = "RGB", shade: int = 0) -> Image.Image:
    """A gradient, so that nothing about it is even; `shade` tells pictures apart."""
    grey = Image.linear_gradient("L").resize((width, height))
    return grey.point([(value + shade) % 256 for value in range(256)]).convert(mode)


def encoded(kind: str = "JPEG", picture: Image.Image | None = None, **options: Any) -> bytes:
    to = BytesIO()
    (picture or image()).save(to, kind, **options)
    return to.getvalue()


def upload(content: bytes | None = None, name: str = "burger.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, encoded() if content is None else content, "image/jpeg")


def png_that_promises(width: int, height: int) -> bytes:
    """A few bytes whose header says that they unfold to a picture of this size."""
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
    """It lies on its side, and says where and with what it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6  # To be turned by 90 degrees.
    exif[0x010F] = "Maker of phones"
    exif.get_ifd(0x8825)[2] = (30.0, 16.0, 2.0)  # Its latitude.
    return encoded("JPEG", image(640, 480), exif=exif, comment=b"at home")
