"""An upload is judged by its content, and nothing but the picture is stored."""

from contextlib import suppress
from io import BytesIO

import pytest
from PIL import Image, ImageCms

from catalog.images import recoding
from catalog.images.recoding import ProcessedImage, Refused, recode
from tests.catalog.support.image_files import (
    encoded,
    image,
    moving,
    photo_of_a_phone,
    png_that_promises,
)


def kept(content: bytes) -> tuple[ProcessedImage, Image.Image]:
    result = recode(content)
    return result, Image.open(BytesIO(result.content))


def refusal(content: bytes) -> str:
    with pytest.raises(Refused) as refused:
        recode(content)
    return str(refused.value)


@pytest.mark.parametrize(
    ("kind", "ending"), [("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp"), ("MPO", "jpg")]
)
def test_the_content_decides_the_type(kind, ending):
    result, picture = kept(encoded(kind))
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
        (b"<html><script>alert(1)</script>", "This file is not a picture"),
        (b"\x89PNG\r\n\x1a\n<html><script>alert(1)</script>", "This file is not a picture"),
        (b"\0", "This file is not a picture"),
    ],
)
def test_other_file_types_are_refused_by_name(content, message):
    error = refusal(content)
    assert error.startswith(message)
    assert "Save it as JPG, PNG or WEBP" in error


@pytest.mark.parametrize("content", [b"\xff\xd8\xff\xe0<html>", b"RIFF\x24\0\0\0WEBPVP8 <html>"])
def test_a_file_that_only_begins_like_a_picture_is_refused(content):
    assert refusal(content).startswith("This picture is damaged or incomplete")


@pytest.mark.parametrize("size", [(320, 320), (320, 6000), (6000, 320)])
def test_the_shortest_and_longest_sides_are_accepted(size):
    result, _ = kept(encoded("JPEG", image(*size)))
    assert (result.width, result.height) == size


@pytest.mark.parametrize("size", [(319, 400), (400, 319), (6001, 400), (400, 6001)])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_side_that_is_too_short_or_too_long_is_refused(size, kind):
    assert refusal(encoded(kind, image(*size))) == (
        f"This picture is {size[0]:,} × {size[1]:,} pixels; each side must be 320 to 6,000"
        " pixels. Resize it and choose it again."
    )


@pytest.mark.parametrize("side", [6001, 30_000, 2**31 - 1])
def test_a_small_file_that_declares_a_huge_picture_is_not_decoded(side, monkeypatch):
    monkeypatch.setattr(Image.Image, "load", None)
    assert "each side must be 320 to 6,000" in refusal(png_that_promises(side, side))


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_an_animated_picture_is_refused(kind):
    assert refusal(moving(kind)).startswith(
        "This picture is animated; Stream takes still pictures."
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("part", [0.5, 0.9])
def test_a_truncated_picture_is_refused(kind, part):
    whole = encoded(kind, image(800, 800), **({"lossless": True} if kind == "WEBP" else {}))
    assert refusal(whole[: int(len(whole) * part)]).startswith(
        ("This picture is damaged or incomplete", "This file is not a picture, or a damaged one")
    )


def test_any_corrupt_byte_is_handled():
    content = encoded("PNG", image(330, 330, "P"))
    for place in range(0, len(content), max(1, len(content) // 60)):
        broken = content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :]
        with suppress(Refused):
            recode(broken)


def test_a_jpeg_with_too_many_scans_is_refused():
    layered = encoded("JPEG", progressive=True) + b"\xff\xda" * 200
    assert refusal(layered).startswith("This picture has too many layers.")


def test_a_picture_with_too_much_detail_for_its_type_is_refused(monkeypatch):
    monkeypatch.setattr(recoding, "MAX_STORED_BYTES", 100)
    assert refusal(encoded("PNG")).startswith("This picture has too much detail for its type.")


def test_the_first_of_two_photos_in_a_file_is_used():
    double = encoded("MPO", image(shade=80), save_all=True, append_images=[image(500, 500)])
    result, picture = kept(double)
    assert (result.kind, picture.format, picture.size) == ("jpg", "JPEG", (400, 320))


def test_more_than_eight_bits_per_color_are_refused():
    assert "more than 8 bits" in refusal(encoded("PNG", image().convert("I;16")))


def test_a_photos_metadata_is_dropped_and_it_is_turned_upright():
    content = photo_of_a_phone()
    result, picture = kept(content)
    assert (result.width, result.height) == (480, 640)
    assert dict(picture.getexif()) == {}
    assert b"Maker of phones" in content
    assert b"Maker of phones" not in result.content
    assert b"at home" in content
    assert b"at home" not in result.content


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_data_appended_to_a_picture_is_dropped(kind):
    result, _ = kept(encoded(kind) + b"<script>alert(1)</script>")
    assert b"script" not in result.content


def test_a_photo_with_a_color_profile_is_converted_to_srgb():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    broken = encoded("JPEG", image(), icc_profile=profile.tobytes())
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    for content in (broken, encoded("JPEG", image(), icc_profile=srgb.tobytes())):
        _, picture = kept(content)
        assert "icc_profile" not in picture.info
        assert abs(picture.getpixel((200, 160))[0] - image().getpixel((200, 160))[0]) < 4


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_webp_is_decoded_as_pillow_decodes_it(mode):
    content = encoded("WEBP", image(640, 480, mode), lossless=True, exif=Image.Exif())
    with Image.open(BytesIO(content)) as opened:
        expected = opened.copy()
        decoded = recoding._loaded(Image.open(BytesIO(content)))
    assert (decoded.mode, decoded.size) == (expected.mode, expected.size)
    assert decoded.tobytes() == expected.tobytes()


@pytest.mark.parametrize("mode", ["L", "P", "1", "CMYK", "RGBA", "LA"])
def test_every_color_mode_is_read(mode):
    kind = "JPEG" if mode == "CMYK" else "PNG"
    _, picture = kept(encoded(kind, image(mode=mode)))
    assert picture.mode == ("RGBA" if mode in ("RGBA", "LA") else "RGB")


def test_a_large_picture_is_scaled_down_but_no_side_too_far():
    for size, smaller in (((6000, 3000), (2880, 1440)), ((3000, 400), (2880, 384))):
        result, picture = kept(encoded("JPEG", image(*size)))
        assert (result.width, result.height) == picture.size == smaller
