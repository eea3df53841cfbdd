"""The published description of the API, and a page to read it."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import View
from drf_spectacular.views import SpectacularSwaggerSplitView

_FILE = Path(__file__).parent / "openapi.yaml"


@cache
def document() -> dict[str, Any]:
    """Return the OpenAPI document."""
    loaded: dict[str, Any] = yaml.safe_load(_FILE.read_text())
    return loaded


class SchemaView(View):
    """The document as JSON."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return JsonResponse(document())


# Swagger UI sets inline styles; the page shows no user content.
docs = csp_update({"style-src": [SELF, UNSAFE_INLINE]})(
    SpectacularSwaggerSplitView.as_view(
        url_name="channel:schema", http_method_names=["get", "head"]
    )
)
