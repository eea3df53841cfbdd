"""The language of the pages below `/board/`: the user's choice, or else the browser's."""

from django.http import HttpRequest
from django.utils.translation.trans_real import parse_accept_lang_header

COOKIE = "board_language"
LANGUAGES = {"en": "English", "es": "Español"}
COOKIE_SECONDS = 365 * 86_400


def language_of(request: HttpRequest) -> str:
    """Return the request's language, one of LANGUAGES."""
    chosen = request.COOKIES.get(COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    accepted = parse_accept_lang_header(request.headers.get("Accept-Language", "").lower())
    known = (code.split("-")[0] for code, _ in accepted)
    return next((code for code in known if code in LANGUAGES), "en")
