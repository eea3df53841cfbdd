"""Files that are no catalog, or whose ids belonged to others, change nothing."""

import pytest

from catalog import models
from catalog.import_errors.problems import BadCatalog

from .test_validation import exported, run, sample

__all__ = ["sample"]


TOO_EARLY = (
    "The file is not valid JSON: it ends too early, or a string has half of a surrogate pair like"
    r" \ud83d\ude00."
)


@pytest.mark.parametrize("merge", [False, True])
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b" \n", "The file is empty."),
        (b'{"x": "\xff"}', "The file is not UTF-8 (byte 8)."),
        (b"PK\x03\x04", "The file is not valid JSON: invalid character (byte 0)."),
        (b'{"item": [', TOO_EARLY),
        (rb'{"item": [], "name": "\ud800"}', TOO_EARLY),
        (
            b"[]",
            "The file is not a catalog: it must be a JSON object with the arrays of Get Catalog.",
        ),
        (b"[" * 100_000, "The file is nested too deeply to be a catalog."),
        (b'{"x":' + b"[" * 100_000, "The file is nested too deeply to be a catalog."),
    ],
)
def test_a_file_that_is_not_a_catalog_is_refused(merchant, sample, content, sentence, merge):
    before = exported(merchant)

    with pytest.raises(BadCatalog) as refusal:
        run(merchant, content, merge=merge)

    assert str(refusal.value) == sentence
    assert exported(merchant) == before


def test_an_empty_object_archives_nothing(merchant, sample):
    for merge, sentence in (
        (False, "The file has no category array"),
        (True, "The file has no ob"),
    ):
        with pytest.raises(BadCatalog, match=sentence):
            run(merchant, b"{}", merge=merge)


@pytest.mark.parametrize("merge", [False, True])
def test_an_id_is_never_reused_for_another_kind_even_after_deletion(merchant, sample, merge):
    models.Menu.objects.create(merchant=merchant, provider_id="old", name="Old").delete()
    sample["category"].append({"provider_id": "old", "name": "New"})

    with pytest.raises(BadCatalog) as refusal:
        run(merchant, sample, merge=merge)

    assert str(refusal.value) == (
        "category 3 (old): this provider_id belongs or belonged to another object (menu); IDs are"
        " never reused, so give it a new one."
    )
