"""An upload is decoded in a process with limits, and only it suffers from what it holds."""

import os
import signal
import subprocess
import sys
import threading
import time
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from PIL import Image

from catalog.images import processing
from catalog.images.processing import process_upload
from catalog.images.recoding import recode
from catalog.models import Picture
from integration.bounded import process
from integration.bounded.process import Limits
from integration.bounded.turns import Busy
from tests.catalog.support.image_files import encoded, image, png_that_promises, upload
from tests.support.processes import command_of, descendants, until

pytestmark = pytest.mark.once


def largest(kind, **options):
    """Return the largest picture that is taken, in a small file."""
    tiles = image(400, 320, "RGBA").resize((6000, 6000), Image.Resampling.NEAREST)
    return encoded(kind, tiles, **options)


def refusal(content):
    with pytest.raises(ValidationError) as refused:
        process_upload(upload(content))
    return refused.value.messages[0]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_process_returns_what_recoding_makes(kind):
    content = encoded(kind)

    assert process_upload(upload(content, "../../etc/burger.html")) == recode(content)


def test_a_refusal_is_passed_on():
    assert refusal(b"%PDF-1.7") == (
        "This file is a PDF; Stream takes JPG, PNG and WEBP. Save it as JPG, PNG or WEBP and"
        " choose that file."
    )


def test_the_kinds_are_those_of_the_model():
    kinds = {recode(encoded(kind)).kind for kind in ("JPEG", "PNG", "WEBP")}
    assert kinds == set(Picture.Kind.values)


def test_the_process_loads_pillow_and_no_django():
    program = "import sys, catalog.images.child, integration.bounded.child; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True
    ).stdout.split()
    assert "PIL.Image" in loaded
    assert "django" not in loaded


def test_a_file_of_25_megabytes_is_refused_unread(monkeypatch):
    padded = upload(encoded() + b"\0" * 25_000_000)
    monkeypatch.setattr(process, "run", None)
    padded.file.truncate(25_000_000)
    padded.size = 25_000_000
    with pytest.raises(ValidationError, match=r"is 25\.0 MB; a picture must be under 25 MB"):
        process_upload(padded)


def test_a_file_just_under_25_megabytes_is_accepted():
    content = encoded()
    assert process_upload(upload(content + b"\0" * (24_999_999 - len(content)))).kind == "jpg"


@pytest.mark.parametrize("kind", ["WEBP", "PNG"])
def test_the_largest_picture_needs_less_memory_than_the_limit(kind):
    """A WEBP with transparency needs most: Pillow alone would take 720 MB for it."""
    options = {"lossless": True, "method": 1} if kind == "WEBP" else {"compress_level": 1}

    result = process_upload(upload(largest(kind, **options)))

    assert (result.width, result.height) == (2880, 2880)
    assert Image.open(BytesIO(result.content)).mode in ("RGB", "RGBA")


def test_a_small_file_that_promises_a_huge_picture_is_refused_quickly():
    began = time.monotonic()

    assert "each side must be 320 to 6,000" in refusal(png_that_promises(2**31 - 1, 2**31 - 1))
    assert time.monotonic() - began < 5


def test_more_memory_than_allowed_is_said(monkeypatch):
    monkeypatch.setattr(processing, "LIMITS", Limits(memory_mb=64, seconds=20))

    assert refusal(largest("PNG", compress_level=1)) == (
        "The file needs more than 64 MB of memory. Make it smaller and choose it again."
    )
    assert process_upload(upload()).kind == "jpg"


def test_more_time_than_allowed_is_said(monkeypatch):
    monkeypatch.setattr(processing, "LIMITS", Limits(memory_mb=512, seconds=1))
    content = largest("WEBP", lossless=True, method=0, quality=100)

    assert refusal(content) == (
        "The file needs more than 1 seconds. Make it smaller and choose it again."
    )


def test_a_process_that_dies_costs_its_own_upload():
    content = largest("WEBP", lossless=True, method=0, quality=100)
    killer = threading.Thread(target=_kill_child)
    killer.start()

    assert refusal(content) == (
        "The process that read the file was ended. Make it smaller and choose it again."
    )
    killer.join()
    assert process_upload(upload()).kind == "jpg"


def _kill_child():
    (child,) = until(_children, 60)
    os.kill(child, signal.SIGKILL)


def _children():
    return [pid for pid in descendants(os.getpid()) if "catalog.images.child" in command_of(pid)]


def test_the_third_upload_at_a_time_waits_a_second_and_is_told_to_come_back():
    with processing.turns.take(), processing.turns.take():
        began = time.monotonic()
        with pytest.raises(Busy):
            process_upload(upload())
        assert 0.9 < time.monotonic() - began < 3
    assert process_upload(upload()).kind == "jpg"
