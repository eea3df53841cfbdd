"""The Django project: settings, addresses, and what composes the apps."""

from .celery import app as celery_app

__all__ = ["celery_app"]
