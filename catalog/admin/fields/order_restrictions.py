"""Choosing the channels and ways of handing over that a location does not take."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from catalog.models import Location, order_restrictions


class NotTakenWidget(forms.Widget):
    """A box for each name of the contract, and a line for all others."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self.known = known
        super().__init__()

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = {order_restrictions.plain(one) for one in value or []}
        boxes = (
            (_box(name, word, is_ticked=word in chosen), label)
            for word, label in self.known.items()
        )
        others = ", ".join(
            one for one in value or [] if order_restrictions.plain(one) not in self.known
        )
        line = UnfoldAdminTextInputWidget(
            {"placeholder": "others, with commas between them", "aria-label": "Others"}
        )
        return format_html(
            '<div class="sp-boxes">{}</div>{}',
            format_html_join("", '<label class="sp-box">{}<span>{}</span></label>', boxes),
            line.render(f"{name}_others", others),
        )

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str] | None:
        """None when the form did not have the boxes."""
        if self.value_omitted_from_data(data, files, name):
            return None
        others = [one.strip() for one in str(data[f"{name}_others"]).split(",")]
        ticked = [one for one in data.getlist(name) if one in self.known]
        return without_doubles([*ticked, *filter(None, others)], self.known)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}_others" not in data

    def id_for_label(self, id_: str) -> str:
        return ""


def _box(name: str, word: str, *, is_ticked: bool) -> SafeString:
    box = UnfoldBooleanWidget(check_test=lambda _: is_ticked)
    drawn_box: SafeString = box.render(name, word)
    return drawn_box


def without_doubles(said: Iterable[str], known: Iterable[str]) -> list[str]:
    """The contract's names as it writes them and in its order, then the others as written."""
    by_plain = {order_restrictions.plain(one): one for one in reversed(list(said))}
    first = [one for one in known if one in by_plain]
    others = [by_plain[one] for one in dict.fromkeys(map(order_restrictions.plain, said))]
    return first + [one for one in others if order_restrictions.plain(one) not in first]


class NotTakenField(forms.Field):
    """`present` is what the location has now: it stays when the form did not have the boxes."""

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
        "Their orders are refused here. Others: as orders name them; case does not matter.",
    ),
    "fulfillment_types_off": (
        "Not offered",
        order_restrictions.FULFILLMENT_TYPES,
        "Such orders are refused here. Others: as orders name them, like kiosk.",
    ),
}


def field(name: str) -> NotTakenField:
    label, known, help_text = FIELDS[name]
    return NotTakenField(known, label=label, help_text=help_text)


def keep_present(form: forms.BaseForm, location: Location) -> None:
    for name in FIELDS:
        found = form.fields.get(name)
        if isinstance(found, NotTakenField):
            found.present = getattr(location, name)
