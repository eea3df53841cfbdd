"""Finds out what an uploaded file really is, and makes of it what is kept.

The picture is decoded and written anew: what else was in the file (where a photo was taken, a
page hidden behind the last pixel) is not in ours. What Stream takes: contract CAT.
"""

import threading
from dataclasses import dataclass
from io import BytesIO

from django.core.exceptions import ValidationError
from django.core.files import File
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from catalog.models import Picture

TOO_MANY_BYTES = 25_000_000
SHORTEST_PX, LONGEST_PX = 320, 6000
# What is larger is scaled down: no channel shows more, and a catalog's pictures stay small.
LONGEST_KEPT_PX = 2880
MOST_BYTES_KEPT = 10_000_000
THUMBNAIL_PX = 240
_KINDS = {
    "JPEG": Picture.Kind.JPEG,
    "MPO": Picture.Kind.JPEG,  # A phone's photo with a second one behind it: the first counts.
    "PNG": Picture.Kind.PNG,
    "WEBP": Picture.Kind.WEBP,
}
_OPTIONS: dict[str, dict[str, object]] = {
    Picture.Kind.JPEG: {"format": "JPEG", "quality": 88, "optimize": True, "progressive": True},
    Picture.Kind.PNG: {"format": "PNG"},
    Picture.Kind.WEBP: {"format": "WEBP", "quality": 88, "method": 2},
}
_START_OF_SCAN, _MOST_SCANS = b"\xff\xda", 200
# What people take for a picture that Stream takes, by the bytes it begins with or has early on.
_OTHERS = [
    (b"GIF8", "a GIF"),
    (b"BM", "a BMP"),
    (b"II*\0", "a TIFF"),
    (b"MM\0*", "a TIFF"),
    (b"%PDF", "a PDF"),
]
_EARLY = [(b"ftyphei", "a HEIC photo"), (b"ftypavif", "an AVIF"), (b"<svg", "an SVG drawing")]
_ADVICE = "Save it as JPG, PNG or WEBP and choose that file."
# A picture of 36 million pixels takes up to 600 MB while it is read: one at a time in a process.
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class Reading:
    """A good picture, as it will be served; its sides in pixels."""

    kind: str
    width: int
    height: int
    content: bytes
    thumbnail: bytes


def read(upload: "File[bytes]") -> Reading:
    """Raises ValidationError, which says what is wrong with the file and what to do."""
    if upload.size >= TOO_MANY_BYTES:
        megabytes = upload.size / 1_000_000
        raise ValidationError(
            f"This file has {megabytes:,.1f} MB, and a picture must be under 25 MB."
            " Make it smaller and choose it again."
        )
    data = upload.read()
    with _ONE_AT_A_TIME:
        try:
            return _made_of(data)
        except ValidationError:
            raise
        except UnidentifiedImageError as error:
            raise ValidationError(_of_another_type(data)) from error
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise ValidationError(_sides("is far larger")) from error
        except Exception as error:  # Hostile bytes find every way a decoder fails.
            raise ValidationError(
                "This picture is damaged or broke off: it cannot be shown to its end. Open it,"
                " save it anew, and choose that file."
            ) from error


def _made_of(data: bytes) -> Reading:
    """Nothing is decoded before the header has been found to promise what we take."""
    with Image.open(BytesIO(data), formats=["JPEG", "PNG", "WEBP"]) as image:
        kind = _KINDS[image.format or ""]
        _check(image, data)
        size = _kept_size(image.size)
        image.draft(None, size)  # A large JPEG is decoded smaller at once.
        image.load()
        scaled = _scaled(image, size)
    picture = _plain(scaled)
    content = _written(picture, kind)
    if len(content) > MOST_BYTES_KEPT:
        raise ValidationError("This picture has too much detail for its type. Save it as JPG.")
    small = picture.copy()
    small.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
    return Reading(kind, picture.width, picture.height, content, _written(small, Picture.Kind.WEBP))


def _check(image: Image.Image, data: bytes) -> None:
    width, height = image.size
    if min(width, height) < SHORTEST_PX or max(width, height) > LONGEST_PX:
        raise ValidationError(_sides(f"has {width:,} × {height:,}"))
    if image.format != "MPO" and getattr(image, "is_animated", False):
        raise ValidationError(f"This picture moves, and Stream takes still ones. {_ADVICE}")
    if image.mode[0] in "IF":
        raise ValidationError(f"This picture has more than 8 bits for each colour. {_ADVICE}")
    if image.format in ("JPEG", "MPO") and data.count(_START_OF_SCAN) > _MOST_SCANS:
        raise ValidationError(f"This picture is put together of too many layers. {_ADVICE}")


def _sides(what: str) -> str:
    return (
        f"This picture {what} pixels; each side must have {SHORTEST_PX} to {LONGEST_PX:,}."
        " Scale it and choose it again."
    )


def _of_another_type(data: bytes) -> str:
    found = next((name for start, name in _OTHERS if data.startswith(start)), None)
    found = found or next((name for word, name in _EARLY if word in data[:2000].lower()), None)
    if found:
        return f"This file is {found}, and Stream takes JPG, PNG and WEBP. {_ADVICE}"
    return f"This file is no picture, or a broken one, whatever its name says. {_ADVICE}"


def _plain(image: Image.Image) -> Image.Image:
    """Upright, in the colours of the web, and without anything else that the file said."""
    upright = ImageOps.exif_transpose(image)
    is_clear = upright.has_transparency_data
    colours = upright.info.get("icc_profile")
    if colours:
        upright = _in_web_colours(upright, colours)
    plain = upright.convert("RGBA" if is_clear else "RGB")
    plain.info.clear()
    return plain


def _in_web_colours(image: Image.Image, profile: bytes) -> Image.Image:
    """As it is when its profile cannot be read: then nobody else can show it better."""
    if image.mode not in ("RGB", "RGBA", "CMYK"):
        return image
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        seen = ImageCms.profileToProfile(
            image, BytesIO(profile), ImageCms.createProfile("sRGB"), outputMode=mode
        )
    except ImageCms.PyCMSError:
        return image
    return seen or image


def _kept_size(size: tuple[int, int]) -> tuple[int, int]:
    """Scaled down so far that the shorter side is still one that Stream takes."""
    factor = min(1, max(LONGEST_KEPT_PX / max(size), SHORTEST_PX / min(size)))
    return round(size[0] * factor), round(size[1] * factor)


def _scaled(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """First of all, so that every further step is about less."""
    if image.size == size:
        return image.copy()
    if image.mode in ("1", "P", "PA"):  # Between two numbered colours there is no third.
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2)


def _written(image: Image.Image, kind: str) -> bytes:
    to = BytesIO()
    image.save(to, **_OPTIONS[kind])  # type: ignore[arg-type]  # Each writer has options of its own.
    return to.getvalue()
