from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "catalog"
    verbose_name = "Locations and menus"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate, pre_migrate

        from integration.oauth.pos_role import POS
        from integration.webhooks import event_types as registry
        from integration.webhooks import outbox

        from . import (
            event_types,
            tasks,  # noqa: F401  # It registers the rounds, for the web processes too.
        )
        from .locations import connection
        from .revisions import triggers

        pre_migrate.connect(triggers.before_migrate, sender=self)
        post_migrate.connect(triggers.after_migrate, sender=self)
        POS.on_authorized(connection.connect_merchant)
        registry.register(*event_types.TYPES)
        outbox.register_connection_filter(connection.connected_among)
