"""System checks that do not apply to this project, each with the reason."""

CHECKS = [
    "security.W005",  # Subdomains are the operator's decision,
    "security.W021",  # as is the preload list.
    "security.W008",  # The TLS proxy redirects; here every request counts as secure.
    "oauth2_provider.W005",  # Stream documents no `iss` in the authorization response.
    "models.W040",  # SQLite has no covering indexes and uses a plain index instead.
    "oauth2_provider.W010",  # Stream sends no PKCE challenge; it authenticates with its secret.
]
