"""Settings of django-rest-framework, and of drf-spectacular for /api/schema/ and /api/docs/."""

from stream_pos.version import VERSION

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["integration.oauth.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["integration.oauth.authentication.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "integration.api.negotiation.LenientNegotiation",
    "DEFAULT_PARSER_CLASSES": [],  # integration.api.request_body reads each body once, as bytes.
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "integration.api.errors.answer_for",
    "UNAUTHENTICATED_USER": None,
}
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
