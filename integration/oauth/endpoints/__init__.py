"""The endpoints of the authorization server: authorize, token, revoke and metadata."""
