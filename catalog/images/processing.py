"""Check an uploaded file and re-encode it into the picture that is stored.

Re-encoding drops everything else in the file, such as a photo's location or data appended after
the image. Contract CAT says which pictures Stream takes.
"""

import threading
from dataclasses import dataclass
from io import BytesIO

from django.core.exceptions import ValidationError
from django.core.files import File
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from catalog.models import Picture

MAX_UPLOAD_BYTES = 25_000_000
SHORTEST_PX, LONGEST_PX = 320, 6000
# Larger pictures are scaled down: no channel shows more, and the database stays small.
LONGEST_STORED_PX = 2880
MAX_STORED_BYTES = 10_000_000
THUMBNAIL_PX = 240
_KINDS = {
    "JPEG": Picture.Kind.JPEG,
    "MPO": Picture.Kind.JPEG,  # Two photos in one file, as phones make them: the first is used.
    "PNG": Picture.Kind.PNG,
    "WEBP": Picture.Kind.WEBP,
}
_OPTIONS: dict[str, dict[str, object]] = {
    Picture.Kind.JPEG: {"format": "JPEG", "quality": 88, "optimize": True, "progressive": True},
    Picture.Kind.PNG: {"format": "PNG"},
    Picture.Kind.WEBP: {"format": "WEBP", "quality": 88, "method": 2},
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
# Decoding 36 million pixels takes up to 600 MB, so each process decodes one picture at a time.
_DECODING = threading.Lock()


@dataclass(frozen=True)
class ProcessedImage:
    """A valid picture as it will be served; its sides are in pixels."""

    kind: str
    width: int
    height: int
    content: bytes
    thumbnail: bytes


def process_upload(upload: "File[bytes]") -> ProcessedImage:
    """Check and re-encode an upload. Raises ValidationError with the problem and its remedy."""
    if upload.size >= MAX_UPLOAD_BYTES:
        megabytes = upload.size / 1_000_000
        raise ValidationError(
            f"This file is {megabytes:,.1f} MB; a picture must be under 25 MB."
            " Make it smaller and choose it again."
        )
    data = upload.read()
    with _DECODING:
        try:
            return _process(data)
        except ValidationError:
            raise
        except UnidentifiedImageError as error:
            raise ValidationError(_wrong_type(data)) from error
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise ValidationError(_wrong_size("is far too large")) from error
        except Exception as error:  # Hostile bytes make decoders fail in many ways.
            raise ValidationError(
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
        image.load()
        scaled = _scale(image, size)
    picture = _normalize(scaled)
    content = _encode(picture, kind)
    if len(content) > MAX_STORED_BYTES:
        raise ValidationError("This picture has too much detail for its type. Save it as JPG.")
    small = picture.copy()
    small.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
    return ProcessedImage(
        kind, picture.width, picture.height, content, _encode(small, Picture.Kind.WEBP)
    )


def _check(image: Image.Image, data: bytes) -> None:
    width, height = image.size
    if min(width, height) < SHORTEST_PX or max(width, height) > LONGEST_PX:
        raise ValidationError(_wrong_size(f"is {width:,} × {height:,} pixels"))
    if image.format != "MPO" and getattr(image, "is_animated", False):
        raise ValidationError(f"This picture is animated; Stream takes still pictures. {_ADVICE}")
    if image.mode[0] in "IF":
        raise ValidationError(f"This picture has more than 8 bits per color. {_ADVICE}")
    if image.format in ("JPEG", "MPO") and data.count(_START_OF_SCAN) > _MAX_SCANS:
        raise ValidationError(f"This picture has too many layers. {_ADVICE}")


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
