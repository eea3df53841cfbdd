"""Parse the forms of an HTML page, just enough to submit them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

BUTTON_TYPES = ("submit", "image")


@dataclass
class Field:
    name: str
    type: str
    value: str
    checked: bool = False
    autocomplete: str = ""


@dataclass
class Form:
    action: str
    method: str
    fields: list[Field] = field(default_factory=list)

    @property
    def password_field(self) -> Field | None:
        return next((f for f in self.fields if f.type == "password"), None)

    @property
    def login_field(self) -> Field | None:
        """The field for e-mail or user name: by autocomplete, else an e-mail or text input."""
        texts = [f for f in self.fields if f.type in ("email", "text")]
        declared = [f for f in texts if f.autocomplete in ("username", "email")]
        emails = [f for f in texts if f.type == "email"]
        return next(iter(declared + emails + texts), None)

    def button(self, name: str) -> Field | None:
        return next((f for f in self.fields if f.type in BUTTON_TYPES and f.name == name), None)

    def submission(self, pressed: Field | None) -> list[tuple[str, str]]:
        """Return what a browser sends: every successful control and the pressed button."""
        return [(f.name, f.value) for f in self.fields if f.name and self._is_sent(f, pressed)]

    @staticmethod
    def _is_sent(candidate: Field, pressed: Field | None) -> bool:
        if candidate.type in (*BUTTON_TYPES, "button", "reset"):
            return candidate is pressed
        if candidate.type in ("checkbox", "radio"):
            return candidate.checked
        return candidate.type != "file"


@dataclass
class Page:
    title: str
    forms: list[Form]


def parse_page(text: str) -> Page:
    parser = _Parser()
    parser.feed(text)
    parser.close()
    return Page(" ".join(parser.title.split()), parser.forms)


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.title = ""
        self._form: Form | None = None
        self._textarea: Field | None = None
        self._select: Field | None = None
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "title":
            self._in_title = not self.title
        elif tag == "form":
            self._form = Form(values.get("action", ""), values.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form is not None and "disabled" not in values:
            self._control(self._form, tag, values)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False
        elif tag == "form":
            self._form = None
        elif tag == "textarea":
            self._textarea = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data
        if self._textarea is not None:
            self._textarea.value += data

    def _control(self, form: Form, tag: str, values: dict[str, str]) -> None:
        name, value = values.get("name", ""), values.get("value", "")
        if tag == "input":
            kind = values.get("type", "").lower() or "text"
            if kind in ("checkbox", "radio"):
                value = values.get("value", "on")
            autocomplete = values.get("autocomplete", "").lower()
            form.fields.append(Field(name, kind, value, "checked" in values, autocomplete))
        elif tag == "button":
            form.fields.append(Field(name, values.get("type", "").lower() or "submit", value))
        elif tag == "textarea":
            self._textarea = Field(name, "textarea", "")
            form.fields.append(self._textarea)
        elif tag == "select":
            self._select = Field(name, "select", "")
            form.fields.append(self._select)
        elif tag == "option" and self._select is not None and "selected" in values:
            self._select.value = value
