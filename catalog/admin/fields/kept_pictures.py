"""Pictures of a form that was refused: kept for its person, so that nobody chooses a file twice.

A kept picture is stored like any other and linked to nothing, so it goes after a week. The page
names it in a signed hidden input.
"""

from typing import Any

from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminFileFieldWidget

from catalog.images import storage
from catalog.images.recoding import ProcessedImage
from catalog.models import FamilyImage, ModifierImage, Picture
from integration.models import Merchant, User

_SALT = "catalog.admin.fields.kept_pictures"
ROWS = "images-"  # The prefix of the rows of pictures.
_SUFFIX = "-kept"
_KEPT = "kept"  # The upload's attribute that holds what the page sends next time.
# Of one merchant, linked to nothing: what refused forms can fill.
_MOST_UNUSED = 100


class PictureWidget(UnfoldAdminFileFieldWidget):
    """A file input that names the picture kept from the last time."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        html: SafeString = super().render(name, value, attrs, renderer)
        kept = getattr(value, _KEPT, "")
        if not kept:
            return html
        return html + format_html(
            '<input type="hidden" name="{}" value="{}"><p class="sp-hint">“{}” is kept and will be'
            " saved. Choose another file to replace it.</p>",
            f"{name}{_SUFFIX}", kept, value.name,
        )  # fmt: skip


def keep(person: User, merchant: Merchant, upload: Any, reading: ProcessedImage) -> None:
    """Store the picture for the next try, unless too many of the merchant's are unused."""
    used: list[Any] = [model.objects.values("picture") for model in (FamilyImage, ModifierImage)]
    unused = Picture.objects.filter(merchant=merchant)
    for pictures in used:
        unused = unused.exclude(pk__in=pictures.filter(picture__isnull=False))
    if unused.count() >= _MOST_UNUSED:
        return
    picture = storage.store(merchant, reading)
    setattr(upload, _KEPT, signing.dumps([person.pk, picture.digest, upload.name], salt=_SALT))


def restore(person: User, data: Any, files: Any) -> dict[str, ProcessedImage]:
    """Put the kept pictures of the form among its files; return what was read of them before."""
    readings: dict[str, ProcessedImage] = {}
    for name in [name for name in data if name.startswith(ROWS) and name.endswith(_SUFFIX)]:
        field = name.removesuffix(_SUFFIX)
        picture, file_name = _kept(person, data[name])
        if picture is None or files.get(field):
            continue
        content, thumbnail = bytes(picture.content), bytes(picture.thumbnail)
        files[field] = SimpleUploadedFile(file_name, content)
        readings[field] = ProcessedImage(
            picture.kind, picture.width, picture.height, content, thumbnail
        )
    return readings


def _kept(person: User, text: str) -> tuple[Picture | None, str]:
    """Return the person's own kept picture and the name of its file."""
    age = storage.KEPT_UNUSED
    try:
        owner, digest, name = signing.loads(text, salt=_SALT, max_age=age)
    except signing.BadSignature:
        return None, ""
    if owner != person.pk:
        return None, ""
    return Picture.objects.filter(digest=digest).first(), str(name)
