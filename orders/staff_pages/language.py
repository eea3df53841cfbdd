"""English or Spanish, on the pages below `/board/`: what a person chose, or else what the browser
asks for.
"""

from django.http import HttpRequest
from django.utils.translation.trans_real import parse_accept_lang_header

COOKIE = "board_language"
LANGUAGES = {"en": "English", "es": "Español"}
COOKIE_SECONDS = 365 * 86_400


def language_of(request: HttpRequest) -> str:
    """One of LANGUAGES."""
    chosen = request.COOKIES.get(COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    asked = parse_accept_lang_header(request.headers.get("Accept-Language", "").lower())
    known = (code.split("-")[0] for code, _ in asked)
    return next((code for code in known if code in LANGUAGES), "en")
