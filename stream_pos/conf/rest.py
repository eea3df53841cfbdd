"""Settings of django-rest-framework."""

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["integration.oauth.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["integration.oauth.authentication.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [],  # integration.api.request_body reads each body once, as bytes.
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "integration.api.errors.answer_for",
    "UNAUTHENTICATED_USER": None,
}
