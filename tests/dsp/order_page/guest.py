"""A guest's browser without JavaScript: it reads pages and sends their forms as they stand."""

import html
import re
from html.parser import HTMLParser
from typing import Any

from django.test import Client

ORDER = "/order/str_8H2K/"


class Form:
    """A form of a page: the fields that a browser would send, to be changed before sending."""

    def __init__(self, action: str) -> None:
        self.action = action
        self.fields: dict[str, list[str]] = {}
        self.buttons: list[str] = []

    def fill(self, **fields: Any) -> "Form":
        for name, value in fields.items():
            self.fields[name] = value if isinstance(value, list) else [str(value)]
        return self


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []

    def handle_starttag(self, tag: str, attributes: Any) -> None:
        of = dict(attributes)
        if tag == "form":
            self.forms.append(Form(of.get("action", "")))
        elif tag == "button" and self.forms:
            self.forms[-1].buttons.append(of.get("value", ""))
        elif tag == "input" and self.forms and "disabled" not in of and "name" in of:
            is_box = of.get("type") in ("radio", "checkbox")
            if not is_box or "checked" in of:
                value = of.get("value", "on" if is_box else "")
                self.forms[-1].fields.setdefault(of["name"], []).append(value)


class Guest:
    """Opens pages of the order page; CSRF is checked as in production."""

    def __init__(self, language: str = "en") -> None:
        self.client = Client(SERVER_NAME="127.0.0.1", enforce_csrf_checks=True)
        self.headers = {"HTTP_ACCEPT_LANGUAGE": language}
        self.page: Any = None

    def open(self, address: str = ORDER, **headers: str) -> Any:
        self.page = self.client.get(address, follow=True, **self.headers, **headers)
        return self.page

    def form(self, action: str) -> Form:
        """Return the first form of the page with the end of an action."""
        parser = _Forms()
        parser.feed(self.page.content.decode())
        return next(form for form in parser.forms if form.action.endswith(action))

    def send(self, form: Form, **more: str) -> Any:
        self.page = self.client.post(
            form.action, {**form.fields, **more}, follow=True, **self.headers
        )
        return self.page

    @property
    def text(self) -> str:
        return text_of(self.page)

    @property
    def address(self) -> str:
        """The address that the browser shows."""
        return str(self.page.request["PATH_INFO"])

    def dish(self, family_id: str = "s-fam-burger") -> Form:
        self.open(f"{ORDER}dish/?id={family_id}")
        return self.form("/dish/")

    def add(self, **fields: Any) -> Any:
        return self.send(self.dish().fill(**fields))

    def to_details(self) -> Form:
        self.open(f"{ORDER}details/")
        return self.form("/details/").fill(name="Ann Lee", phone="512 555 0100")

    def place(self) -> Any:
        """Order a burger as the menu preselects it."""
        self.add()
        return self.send(self.to_details())


def text_of(page: Any) -> str:
    """Return the page's words as they are read, with single spaces."""
    body = re.sub(r"(?s)<(head|svg)\b.*?</\1>|<[^>]+>", " ", page.content.decode())
    return " ".join(html.unescape(body).split())
