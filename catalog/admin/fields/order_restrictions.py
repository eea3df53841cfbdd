"""Form fields for the channels and fulfillment types that a location does not accept."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from catalog.models import Location, order_restrictions


class NotTakenWidget(forms.Widget):
    """A checkbox for each name in the contract, and a text line for any others."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self.known = known
        super().__init__()

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        checked = {order_restrictions.normalize(name) for name in value or []}
        boxes = (
            (_box(name, value, is_ticked=value in checked), label)
            for value, label in self.known.items()
        )
        others = ", ".join(
            name for name in value or [] if order_restrictions.normalize(name) not in self.known
        )
        line = UnfoldAdminTextInputWidget(
            {"placeholder": "others, separated by commas", "aria-label": "Others"}
        )
        return format_html(
            '<div class="sp-boxes">{}</div>{}',
            format_html_join("", '<label class="sp-box">{}<span>{}</span></label>', boxes),
            line.render(f"{name}_others", others),
        )

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str] | None:
        """Return the checked and typed names, or None if the form lacked the field."""
        if self.value_omitted_from_data(data, files, name):
            return None
        others = [value.strip() for value in str(data[f"{name}_others"]).split(",")]
        ticked = [value for value in data.getlist(name) if value in self.known]
        return without_duplicates([*ticked, *filter(None, others)], self.known)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}_others" not in data

    def id_for_label(self, id_: str) -> str:
        return ""


def _box(name: str, value: str, *, is_ticked: bool) -> SafeString:
    box = UnfoldBooleanWidget(check_test=lambda _: is_ticked)
    html: SafeString = box.render(name, value)
    return html


def without_duplicates(names: Iterable[str], known: Iterable[str]) -> list[str]:
    """Return the contract's names in its spelling and order, then the others as typed."""
    by_plain = {order_restrictions.normalize(name): name for name in reversed(list(names))}
    first = [name for name in known if name in by_plain]
    others = [by_plain[name] for name in dict.fromkeys(map(order_restrictions.normalize, names))]
    return first + [name for name in others if order_restrictions.normalize(name) not in first]


class NotTakenField(forms.Field):
    """The field; `present` is the location's value, kept if the form lacked the field."""

    present: list[str] = []

    def __init__(self, known: Mapping[str, str], **options: Any) -> None:
        super().__init__(**{**options, "required": False, "widget": NotTakenWidget(known)})

    def clean(self, value: list[str] | None) -> list[str]:
        if value is None:
            return list(self.present)
        order_restrictions.validate(value)
        return value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return data is not None and data != initial


FIELDS: dict[str, tuple[str, Mapping[str, str], str]] = {
    "channels_off": (
        "Channels switched off",
        order_restrictions.CHANNELS,
        "Their orders are refused here. Enter other channels as orders name them, in any case.",
    ),
    "fulfillment_types_off": (
        "Not offered",
        order_restrictions.FULFILLMENT_TYPES,
        "Such orders are refused here. Enter other types as orders name them, such as kiosk.",
    ),
}


def field(name: str) -> NotTakenField:
    label, known, help_text = FIELDS[name]
    return NotTakenField(known, label=label, help_text=help_text)


def keep_present(form: forms.BaseForm, location: Location) -> None:
    for name in FIELDS:
        restriction = form.fields.get(name)
        if isinstance(restriction, NotTakenField):
            restriction.present = getattr(location, name)
