"""The OAuth provider: django-oauth-toolkit with our storage, client roles and endpoints."""
