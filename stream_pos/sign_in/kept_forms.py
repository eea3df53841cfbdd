"""Forms that could not be taken when they were sent: kept in the next page, to be sent again."""

from dataclasses import asdict, dataclass

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

_SALT = "stream_pos.sign_in.kept_forms"
_AGE_SECONDS = 86400
# The kept form is one field of the sign-in form, which may have 2.5 MB.
_MOST_CHARACTERS = 1_500_000


@dataclass(frozen=True)
class KeptForm:
    """A form: its person's key, where it goes, and its fields without secrets."""

    person: str
    address: str
    fields: list[tuple[str, list[str]]]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        return [(name, value) for name, values in self.fields for value in values]


def of(request: HttpRequest, person: str) -> KeptForm:
    """Return the request's form. Passwords are typed again: no page should hold them."""
    fields = [
        (name, [str(value) for value in values])
        for name, values in request.POST.lists()
        if name != "csrfmiddlewaretoken" and "password" not in name
    ]
    return KeptForm(person, request.get_full_path(), fields)


def sealed(form: KeptForm) -> str:
    """Return the form as a text that only we can write; empty if it is too long to be kept."""
    text = signing.dumps(asdict(form), salt=_SALT, compress=True)
    return text if len(text) <= _MOST_CHARACTERS else ""


def opened(text: str) -> KeptForm | None:
    try:
        return KeptForm(**signing.loads(text, salt=_SALT, max_age=_AGE_SECONDS))
    except signing.BadSignature:
        return None


@never_cache
def ask(request: HttpRequest, form: KeptForm, *, status: int = 200) -> HttpResponse:
    """Ask whether to send the form again: nothing is done without a press."""
    return render(request, "account/send_again.html", {"form": form}, status=status)
