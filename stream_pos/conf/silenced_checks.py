"""Checks of Django and its packages that do not fit this system, each with the reason."""

CHECKS = [
    "security.W005",  # Subdomains are the operator's to decide about,
    "security.W021",  # and so is the preload list.
    "security.W008",  # The proxy that ends TLS redirects; here every request counts as secure.
    "oauth2_provider.W005",  # Stream documents no `iss` in the authorization response.
    "models.W040",  # SQLite indexes hold no further columns; there the index is the plain one.
    "oauth2_provider.W010",  # Stream sends no PKCE challenge; it authenticates with its secret.
]
