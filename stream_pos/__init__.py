"""The Django project: settings, URLs, and everything that ties the apps together."""

from .celery import app as celery_app

__all__ = ["celery_app"]
