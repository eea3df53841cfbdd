from django.apps import AppConfig


class IntegrationConfig(AppConfig):
    name = "integration"
    verbose_name = "Connection with Stream"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from . import tasks  # noqa: F401  # It registers the rounds, for the web processes too.
        from .oauth import client_roles
        from .oauth.client import after_migrate
        from .oauth.pos_role import POS

        client_roles.register(POS)
        post_migrate.connect(after_migrate, sender=self)
