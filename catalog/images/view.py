"""Serve pictures to Stream, which fetches them without a token, and thumbnails to our pages."""

from typing import Any

from django.db.models.functions import Length
from django.http import Http404, HttpRequest, HttpResponse
from django.views import View

from catalog.models import Picture

_TYPES = {
    Picture.Kind.JPEG: "image/jpeg",
    Picture.Kind.PNG: "image/png",
    Picture.Kind.WEBP: "image/webp",
}
_YEAR_SECONDS = 365 * 86400
# Opened as a page in a browser, the response can run nothing.
_POLICY = "default-src 'none'; sandbox"


class PictureView(View):
    """One picture. Its URL always has the same content, so it is cached for good."""

    http_method_names = ["get", "head", "options"]
    is_small = False

    def get(self, request: HttpRequest, digest: str, kind: str) -> HttpResponse:
        etag = f'"{digest}{"-small" if self.is_small else ""}"'
        is_known = etag in _etags(request.headers.get("If-None-Match", ""))
        has_body = not is_known and request.method != "HEAD"
        content = self._column(digest, kind, has_body)
        response = HttpResponse(content if has_body else b"", content_type=self._type(kind))
        response["ETag"] = etag
        response["Content-Security-Policy"] = _POLICY
        response["Cache-Control"] = f"public, max-age={_YEAR_SECONDS}, immutable"
        if is_known:
            response.status_code = 304
            del response["Content-Type"]
        elif not has_body:
            response["Content-Length"] = str(content)
        return response

    def _column(self, digest: str, kind: str, has_body: bool) -> Any:
        """Return the bytes, or only their number if the response has no body."""
        name = "thumbnail" if self.is_small else "content"
        pictures = Picture.objects.filter(digest=digest, kind=kind)
        content: Any = pictures.values_list(name if has_body else Length(name), flat=True).first()
        if content is None:
            raise Http404
        return bytes(content) if has_body else content

    def _type(self, kind: str) -> str:
        return _TYPES[Picture.Kind.WEBP if self.is_small else Picture.Kind(kind)]


def _etags(header: str) -> set[str]:
    """Return the header's tags for weak comparison (RFC 9110 §13.1.2)."""
    return {tag.strip().removeprefix("W/") for tag in header.split(",")}
