"""Pictures of families and modifiers: uploaded here, or referred to by an address elsewhere."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from catalog.admin.fields import kept_pictures
from catalog.admin.fields.kept_pictures import PictureWidget
from catalog.images import storage as image_storage
from catalog.images.processing import process_upload
from catalog.images.recoding import ProcessedImage
from catalog.models.pictures import is_ours, thumbnail_path
from integration.admin.shared.tenancy import TenantForm, current_merchant, signed_in_user

from .inlines import OrderedInline

_READING = "reading"  # The upload's attribute that holds its Reading or its ValidationError.
_TYPES = "image/jpeg,image/png,image/webp"
_NONE = mark_safe('<span class="sp-picture sp-picture--none"></span>')
# Not embedded: the other server would learn who views this page, and when.
_ELSEWHERE = (
    '<a class="sp-picture sp-picture--none" href="{}" target="_blank"'
    ' rel="noopener noreferrer">Open</a>'
)
_HELP = "JPG, PNG or WEBP under 25 MB; each side 320 to 6000 px."


class PictureUploadMixin:
    """Process a form's uploaded pictures before its transaction begins.

    A large picture takes seconds, during which no order should wait for the database.
    """

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.method == "POST" and self.has_change_permission(request):  # type: ignore[attr-defined]  # A mixin.
            person = signed_in_user(request)
            readings = kept_pictures.restore(person, request.POST, request.FILES)
            for name, upload in _uploads(request):
                if name in readings:
                    setattr(upload, _READING, readings[name])
                else:
                    _process(upload)
        response = super().changeform_view(request, *args, **kwargs)  # type: ignore[misc]  # A mixin.
        # The page again; it is rendered later.
        if request.method == "POST" and response.status_code == 200:
            _keep_pictures(request)
        return response


def _uploads(request: HttpRequest) -> list[tuple[str, Any]]:
    files = request.FILES.items()
    return [(name, upload) for name, upload in files if name.startswith(kept_pictures.ROWS)]


def _keep_pictures(request: HttpRequest) -> None:
    """Keep the valid pictures of a refused form."""
    merchant = current_merchant(request)
    for _name, upload in _uploads(request):
        reading = getattr(upload, _READING, None)
        if merchant is not None and isinstance(reading, ProcessedImage):
            kept_pictures.keep(signed_in_user(request), merchant, upload, reading)


def _process(upload: Any) -> None:
    try:
        reading: ProcessedImage | ValidationError = process_upload(upload)
    except ValidationError as error:
        reading = error
    setattr(upload, _READING, reading)


class PictureField(forms.FileField):
    """A file that must be a valid picture; its value is a Reading."""

    def __init__(self, **options: Any) -> None:
        attrs = {"accept": _TYPES, "class": "sp-picture-file"}
        super().__init__(widget=PictureWidget(attrs=attrs), **options)

    def bound_data(self, data: Any, initial: Any) -> Any:
        return data or initial  # For the widget, which names a kept picture.

    def clean(self, data: Any, initial: Any = None) -> Any:
        upload = super().clean(data, initial)
        if not upload:
            return None
        if not hasattr(upload, _READING):
            _process(upload)
        reading = getattr(upload, _READING)
        if isinstance(reading, ValidationError):
            raise reading
        return reading


class ImageForm(TenantForm):
    """A row with a file or an address; a new file replaces the previous picture."""

    file = PictureField(required=False, label="Choose a file", help_text=_HELP)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.errors or self.merchant is None:
            return cleaned
        reading, url = cleaned.get("file"), cleaned.get("url")
        if reading and url and "url" in self.changed_data:
            raise ValidationError("Choose a file or enter an address, not both.")
        if reading:
            cleaned["url"] = image_storage.url_for(self.merchant, reading)
        elif not url:
            raise ValidationError({"file": "Choose a file or enter the address of a picture."})
        elif "url" in self.changed_data:
            self.instance.picture = self._stored_picture(url)
        return cleaned

    def _stored_picture(self, url: str) -> Any:
        """Return the merchant's picture at that address of ours, or None for other addresses."""
        assert self.merchant is not None
        picture = image_storage.find_by_url(self.merchant, url)
        if picture is None and is_ours(url):
            raise ValidationError(
                {"url": "None of your pictures has this address: upload the file instead."}
            )
        return picture

    def save(self, commit: bool = True) -> Any:
        reading = self.cleaned_data.get("file")
        if reading and self.merchant is not None and not self.errors:
            self.instance.picture = image_storage.store(self.merchant, reading)
        return super().save(commit)

    def fields_to_save(self) -> set[str]:
        changed = super().fields_to_save()
        return changed | {"url", "picture"} if changed & {"url", "file"} else changed


class ImageInline(OrderedInline):
    form = ImageForm
    fields = ["preview", "file", "url", "position"]
    readonly_fields = ["preview"]

    class Media:
        js = ["stream_pos/pictures.js"]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        return super().get_queryset(request).select_related("object")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_fields(request, obj)
        may_edit = self.has_change_permission(request, obj)
        return fields if may_edit else [name for name in fields if name != "file"]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name != "url":
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        address = UnfoldAdminTextInputWidget(attrs={"class": "sp-picture-address"})
        address.input_type = "url"
        return forms.URLField(
            max_length=db_field.max_length,
            required=False,
            assume_scheme="https",
            label="Or the address of a picture elsewhere",
            widget=address,
        )

    @display(description="picture")
    def preview(self, image: Any) -> str:
        if image.pk is None:
            return _NONE
        if image.picture_id is None:
            return format_html(_ELSEWHERE, image.url)
        return small_picture(image.url, f"Picture of {image.object}")


def small_picture(url: str | None, alt: str) -> str:
    """Render a thumbnail of a picture we serve, or a placeholder."""
    path = thumbnail_path(url or "")
    if path is None:
        return _NONE
    return format_html(
        '<img class="sp-picture" src="{}" alt="{}" loading="lazy" width="56" height="56">',
        path,
        alt,
    )


def with_first_picture(queryset: "QuerySet[Any]", model: Any) -> "QuerySet[Any]":
    """Annotate `first_picture`: the address of the first picture that we serve ourselves."""
    stored = model.objects.filter(object=OuterRef("pk"), picture__isnull=False)
    first = stored.order_by("position", "pk").values("url")[:1]
    pictured: QuerySet[Any] = queryset.annotate(first_picture=Subquery(first))
    return pictured
