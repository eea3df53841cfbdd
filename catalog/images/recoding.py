"""Check a file and re-encode it into the picture that is stored.

Re-encoding drops everything else in the file, such as a photo's location or data appended after
the image. Contract CAT says which pictures Stream takes. A process that imports this module starts
quickly: it loads Pillow and neither Django nor a model.
"""

from io import BytesIO
from typing import NamedTuple

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError
from PIL.WebPImagePlugin import WebPImageFile

SHORTEST_PX, LONGEST_PX = 320, 6000
Image.MAX_IMAGE_PIXELS = LONGEST_PX**2  # Of twice as many, Pillow does not even open a file.
# Larger pictures are scaled down: no channel shows more, and the database stays small.
LONGEST_STORED_PX = 2880
MAX_STORED_BYTES = 10_000_000
THUMBNAIL_PX = 240
# The extension of each of Pillow's formats.
_KINDS = {
    "JPEG": "jpg",
    "MPO": "jpg",  # Two photos in one file, as phones make them: the first is used.
    "PNG": "png",
    "WEBP": "webp",
}
_OPTIONS: dict[str, dict[str, object]] = {
    "jpg": {"format": "JPEG", "quality": 88, "optimize": True, "progressive": True},
    "png": {"format": "PNG"},
    "webp": {"format": "WEBP", "quality": 88, "method": 2},
}
_START_OF_SCAN, _MAX_SCANS = b"\xff\xda", 200
# Other types that people upload, by their first bytes.
_OTHER_TYPES = [
    (b"GIF8", "a GIF"),
    (b"BM", "a BMP"),
    (b"II*\0", "a TIFF"),
    (b"MM\0*", "a TIFF"),
    (b"%PDF", "a PDF"),
]
# The same, by text near the beginning.
_OTHER_TYPES_BY_TEXT = [
    (b"ftyphei", "a HEIC photo"),
    (b"ftypavif", "an AVIF"),
    (b"<svg", "an SVG drawing"),
]
_ADVICE = "Save it as JPG, PNG or WEBP and choose that file."


class Refused(Exception):
    """The file is no picture that Stream takes; the message is the problem and its remedy."""


class ProcessedImage(NamedTuple):
    """A valid picture as it will be served; its sides are in pixels."""

    kind: str
    width: int
    height: int
    content: bytes
    thumbnail: bytes


def recode(data: bytes) -> ProcessedImage:
    """Check and re-encode a file. Raises Refused, or MemoryError."""
    try:
        return _process(data)
    except (Refused, MemoryError):
        raise
    except UnidentifiedImageError as error:
        raise Refused(_wrong_type(data)) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refused(_wrong_size("is far too large")) from error
    except Exception as error:  # Hostile bytes make decoders fail in many ways.
        raise Refused(
            "This picture is damaged or incomplete. Open it, save it again, and choose the new"
            " file."
        ) from error


def _process(data: bytes) -> ProcessedImage:
    """Decode and re-encode, once the header shows a picture that Stream takes."""
    with Image.open(BytesIO(data), formats=["JPEG", "PNG", "WEBP"]) as image:
        kind = _KINDS[image.format or ""]
        _check(image, data)
        size = _stored_size(image.size)
        image.draft(None, size)  # Decodes a large JPEG directly at a smaller size.
        scaled = _scale(_loaded(image), size)
    picture = _normalize(scaled)
    content = _encode(picture, kind)
    if len(content) > MAX_STORED_BYTES:
        raise Refused("This picture has too much detail for its type. Save it as JPG.")
    small = picture.copy()
    small.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
    return ProcessedImage(kind, picture.width, picture.height, content, _encode(small, "webp"))


def _check(image: Image.Image, data: bytes) -> None:
    width, height = image.size
    if min(width, height) < SHORTEST_PX or max(width, height) > LONGEST_PX:
        raise Refused(_wrong_size(f"is {width:,} × {height:,} pixels"))
    if image.format != "MPO" and getattr(image, "is_animated", False):
        raise Refused(f"This picture is animated; Stream takes still pictures. {_ADVICE}")
    if image.mode[0] in "IF":
        raise Refused(f"This picture has more than 8 bits per color. {_ADVICE}")
    if image.format in ("JPEG", "MPO") and data.count(_START_OF_SCAN) > _MAX_SCANS:
        raise Refused(f"This picture has too many layers. {_ADVICE}")


def _loaded(image: Image.Image) -> Image.Image:
    """Decode the image.

    Of a WEBP, Pillow keeps two frames of the decoder and two copies: 720 MB for the largest one.
    So its decoder is dropped before its only frame becomes an image, without a copy.
    """
    if not isinstance(image, WebPImageFile):
        image.load()
        return image
    pixels, _ = image._decoder.get_next()
    del image._decoder
    frame = Image.frombuffer(image.rawmode, image.size, pixels, "raw", image.rawmode, 0, 1)
    frame.info = image.info
    return frame if image.rawmode == image.mode else frame.convert(image.mode)


def _wrong_size(problem: str) -> str:
    return (
        f"This picture {problem}; each side must be {SHORTEST_PX} to {LONGEST_PX:,} pixels."
        " Resize it and choose it again."
    )


def _wrong_type(data: bytes) -> str:
    start = data[:2000].lower()
    name = next((name for prefix, name in _OTHER_TYPES if data.startswith(prefix)), None)
    name = name or next((name for text, name in _OTHER_TYPES_BY_TEXT if text in start), None)
    if name:
        return f"This file is {name}; Stream takes JPG, PNG and WEBP. {_ADVICE}"
    return f"This file is not a picture, or a damaged one, whatever its name. {_ADVICE}"


def _normalize(image: Image.Image) -> Image.Image:
    """Return the image upright, in sRGB, and without metadata."""
    upright = ImageOps.exif_transpose(image)
    is_transparent = upright.has_transparency_data
    profile = upright.info.get("icc_profile")
    if profile:
        upright = _to_srgb(upright, profile)
    plain = upright.convert("RGBA" if is_transparent else "RGB")
    plain.info.clear()
    return plain


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Convert to sRGB; an image whose profile cannot be read stays as it is."""
    if image.mode not in ("RGB", "RGBA", "CMYK"):
        return image
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        converted = ImageCms.profileToProfile(
            image, BytesIO(profile), ImageCms.createProfile("sRGB"), outputMode=mode
        )
    except ImageCms.PyCMSError:
        return image
    return converted or image


def _stored_size(size: tuple[int, int]) -> tuple[int, int]:
    """Return the size to store: scaled down, but never below the shortest side Stream takes."""
    factor = min(1, max(LONGEST_STORED_PX / max(size), SHORTEST_PX / min(size)))
    return round(size[0] * factor), round(size[1] * factor)


def _scale(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Scale down; done first, so that all later steps have fewer pixels to process."""
    if image.size == size:
        return image.copy()
    if image.mode in ("1", "P", "PA"):  # Palette indexes cannot be interpolated.
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2)


def _encode(image: Image.Image, kind: str) -> bytes:
    buffer = BytesIO()
    image.save(buffer, **_OPTIONS[kind])  # type: ignore[arg-type]  # Each encoder has its own options.
    return buffer.getvalue()
