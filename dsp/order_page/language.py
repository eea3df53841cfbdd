"""The language of the order page: the guest's choice, or else the browser's."""

from django.http import HttpRequest, HttpResponseRedirect
from django.utils.translation.trans_real import parse_accept_lang_header

PARAMETER = "language"
LANGUAGES = {"en": "English", "es": "Español"}
_COOKIE = "order_language"
_COOKIE_SECONDS = 365 * 86_400


def language_of(request: HttpRequest) -> str:
    """Return the request's language, one of LANGUAGES."""
    chosen = request.COOKIES.get(_COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    accepted = parse_accept_lang_header(request.headers.get("Accept-Language", "").lower())
    known = (code.split("-")[0] for code, _ in accepted)
    return next((code for code in known if code in LANGUAGES), "en")


def remember(request: HttpRequest) -> HttpResponseRedirect | None:
    """Keep the language that the address names, and lead to the address without it."""
    chosen = request.GET.get(PARAMETER, "")
    if request.method != "GET" or chosen not in LANGUAGES:
        return None
    rest = request.GET.copy()
    del rest[PARAMETER]
    address = f"{request.path}?{rest.urlencode()}" if rest else request.path
    response = HttpResponseRedirect(address)
    response.set_cookie(
        _COOKIE,
        chosen,
        max_age=_COOKIE_SECONDS,
        samesite="Lax",
        httponly=True,
        secure=request.is_secure(),
    )
    return response
