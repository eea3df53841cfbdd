"""What an uploaded file really is decides, and what is kept of it is the picture alone."""

from contextlib import suppress
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from PIL import Image, ImageCms

from catalog.images import processing as image_processing
from catalog.images.processing import Reading, read
from tests.catalog.support.image_files import (
    encoded,
    image,
    moving,
    photo_of_a_phone,
    png_that_promises,
    upload,
)


def kept(content: bytes, name: str = "burger.jpg") -> tuple[Reading, Image.Image]:
    result = read(upload(content, name))
    return result, Image.open(BytesIO(result.content))


def refusal(content: bytes, name: str = "burger.jpg") -> str:
    with pytest.raises(ValidationError) as refused:
        read(upload(content, name))
    return refused.value.messages[0]


@pytest.mark.parametrize(
    ("kind", "ending"), [("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp"), ("MPO", "jpg")]
)
def test_the_type_is_that_of_the_content_whatever_the_name_says(kind, ending):
    result, picture = kept(encoded(kind), "../../etc/burger.html")
    assert (result.kind, result.width, result.height) == (ending, 400, 320)
    assert (picture.format, picture.size) == ("JPEG" if kind == "MPO" else kind, (400, 320))
    small = Image.open(BytesIO(result.thumbnail))
    assert (small.format, small.size) == ("WEBP", (240, 192))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (encoded("GIF"), "This file is a GIF"),
        (encoded("BMP"), "This file is a BMP"),
        (encoded("TIFF"), "This file is a TIFF"),
        (b'<?xml version="1.0"?><svg onload="alert(1)"/>', "This file is an SVG drawing"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 99, "This file is a HEIC photo"),
        (b"%PDF-1.7", "This file is a PDF"),
        (b"<html><script>alert(1)</script>", "This file is no picture"),
        (b"\x89PNG\r\n\x1a\n<html><script>alert(1)</script>", "This file is no picture"),
        (b"\0", "This file is no picture"),
    ],
)
def test_what_is_no_picture_of_these_types_is_named(content, message):
    said = refusal(content)
    assert said.startswith(message)
    assert "Save it as JPG, PNG or WEBP" in said


@pytest.mark.parametrize("content", [b"\xff\xd8\xff\xe0<html>", b"RIFF\x24\0\0\0WEBPVP8 <html>"])
def test_what_only_begins_like_a_picture_is_refused(content):
    assert refusal(content).startswith("This picture is damaged or broke off")


@pytest.mark.parametrize("size", [(320, 320), (320, 6000), (6000, 320)])
def test_the_smallest_and_the_longest_sides_are_taken(size):
    result, _ = kept(encoded("JPEG", image(*size)))
    assert (result.width, result.height) == size


@pytest.mark.parametrize("size", [(319, 400), (400, 319), (6001, 400), (400, 6001)])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_side_that_is_too_short_or_too_long_is_refused(size, kind):
    assert refusal(encoded(kind, image(*size))) == (
        f"This picture has {size[0]:,} × {size[1]:,} pixels; each side must have 320 to 6,000."
        " Scale it and choose it again."
    )


@pytest.mark.parametrize("side", [6001, 30_000, 2**31 - 1])
def test_a_small_file_that_promises_a_huge_picture_is_not_unfolded(side, monkeypatch):
    monkeypatch.setattr(Image.Image, "load", None)
    assert "each side must have 320 to 6,000" in refusal(png_that_promises(side, side))


def test_a_file_of_25_megabytes_is_not_even_read(monkeypatch):
    padded = upload(encoded() + b"\0" * 25_000_000)
    monkeypatch.setattr(image_processing, "_made_of", None)
    padded.file.truncate(25_000_000)
    padded.size = 25_000_000
    with pytest.raises(ValidationError, match=r"has 25\.0 MB, and a picture must be under 25 MB"):
        read(padded)


def test_a_file_just_under_25_megabytes_is_taken():
    content = encoded()
    assert read(upload(content + b"\0" * (24_999_999 - len(content)))).kind == "jpg"


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_moving_picture_is_refused(kind):
    assert refusal(moving(kind)).startswith("This picture moves, and Stream takes still ones.")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("part", [0.5, 0.9])
def test_a_picture_that_broke_off_is_refused(kind, part):
    whole = encoded(kind, image(800, 800), **({"lossless": True} if kind == "WEBP" else {}))
    assert refusal(whole[: int(len(whole) * part)]).startswith(
        ("This picture is damaged or broke off", "This file is no picture, or a broken one")
    )


def test_any_byte_may_be_wrong_without_a_failure():
    content = encoded("PNG", image(330, 330, "P"))
    for place in range(0, len(content), max(1, len(content) // 60)):
        broken = content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :]
        with suppress(ValidationError):
            read(upload(broken))


def test_a_jpeg_of_very_many_layers_is_refused():
    layered = encoded("JPEG", progressive=True) + b"\xff\xda" * 200
    assert refusal(layered).startswith("This picture is put together of too many layers.")


def test_a_picture_with_too_much_detail_for_its_type_is_refused(monkeypatch):
    monkeypatch.setattr(image_processing, "MOST_BYTES_KEPT", 100)
    assert refusal(encoded("PNG")).startswith("This picture has too much detail for its type.")


def test_of_a_phones_double_photo_the_first_is_taken():
    double = encoded("MPO", image(shade=80), save_all=True, append_images=[image(500, 500)])
    result, picture = kept(double)
    assert (result.kind, picture.format, picture.size) == ("jpg", "JPEG", (400, 320))


def test_more_than_eight_bits_a_colour_are_refused():
    assert "more than 8 bits" in refusal(encoded("PNG", image().convert("I;16")))


def test_where_a_photo_was_taken_is_not_kept_and_it_stands_upright():
    content = photo_of_a_phone()
    result, picture = kept(content)
    assert (result.width, result.height) == (480, 640)
    assert dict(picture.getexif()) == {}
    assert b"Maker of phones" in content
    assert b"Maker of phones" not in result.content
    assert b"at home" in content
    assert b"at home" not in result.content


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_what_hides_behind_a_picture_is_not_kept(kind):
    result, _ = kept(encoded(kind) + b"<script>alert(1)</script>")
    assert b"script" not in result.content


def test_a_photo_in_other_colours_looks_the_same_without_its_profile():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    broken = encoded("JPEG", image(), icc_profile=profile.tobytes())
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    for content in (broken, encoded("JPEG", image(), icc_profile=srgb.tobytes())):
        _, picture = kept(content)
        assert "icc_profile" not in picture.info
        assert abs(picture.getpixel((200, 160))[0] - image().getpixel((200, 160))[0]) < 4


@pytest.mark.parametrize("mode", ["L", "P", "1", "CMYK", "RGBA", "LA"])
def test_every_way_of_writing_colours_is_read(mode):
    kind = "JPEG" if mode == "CMYK" else "PNG"
    _, picture = kept(encoded(kind, image(mode=mode)))
    assert picture.mode == ("RGBA" if mode in ("RGBA", "LA") else "RGB")


def test_a_large_picture_is_kept_smaller_and_no_side_too_short():
    for size, smaller in (((6000, 3000), (2880, 1440)), ((3000, 400), (2880, 384))):
        result, picture = kept(encoded("JPEG", image(*size)))
        assert (result.width, result.height) == picture.size == smaller
