"""The OAuth provider: django-oauth-toolkit with our storage and our two endpoints."""
