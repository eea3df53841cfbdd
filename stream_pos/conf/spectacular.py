"""Settings of drf-spectacular, which serves /api/schema/ and /api/docs/."""

from stream_pos.version import VERSION

SPECTACULAR = {
    "TITLE": "Stream POS",
    "DESCRIPTION": "The API this POS offers to Stream. The contract is in docs/contract.md.",
    "VERSION": VERSION,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": [],
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "PREPROCESSING_HOOKS": ["stream_pos.web.api_schema.keep_one_base_path"],
    "POSTPROCESSING_HOOKS": ["stream_pos.web.api_schema.add_plain_endpoints"],
}
