"""Settings of sign-in: sessions, stale forms, and django-axes: the limit on failed sign-ins."""

__all__ = [
    "AXES_CLIENT_IP_CALLABLE",
    "AXES_COOLOFF_TIME",
    "AXES_DISABLE_ACCESS_LOG",
    "AXES_ENABLE_ADMIN",
    "AXES_FAILURE_LIMIT",
    "AXES_LOCKOUT_CALLABLE",
    "AXES_LOCKOUT_PARAMETERS",
    "AXES_RESET_ON_SUCCESS",
    "AXES_USERNAME_CALLABLE",
    "AXES_VERBOSE",
    "CSRF_FAILURE_VIEW",
    "SESSION_ENGINE",
]

AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # Hours.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
AXES_LOCKOUT_CALLABLE = "stream_pos.sign_in.views.locked_out"
AXES_CLIENT_IP_CALLABLE = "stream_pos.web.middleware.client_address"
AXES_USERNAME_CALLABLE = "stream_pos.web.middleware.account_name"
SESSION_ENGINE = "stream_pos.sign_in.sessions"
CSRF_FAILURE_VIEW = "stream_pos.sign_in.csrf_failure.respond"
