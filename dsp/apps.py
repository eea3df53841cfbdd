from django.apps import AppConfig


class DspConfig(AppConfig):
    name = "dsp"
    verbose_name = "Ordering channel"

    def ready(self) -> None:
        from integration.monitoring import alarms
        from integration.oauth import client_roles
        from integration.webhooks import endpoints
        from integration.webhooks import event_types as registry

        from . import (
            event_types,
            tasks,  # noqa: F401  # It registers the rounds, for the web processes too.
        )
        from .alarm_pages import PAGES
        from .client_role import DSP
        from .orders import settling
        from .outbound import receiver
        from .stores import connection

        client_roles.register(DSP)
        DSP.on_authorized(connection.begin_authorization)
        connection.on_disconnected(settling.fail_unsent)
        registry.register(*event_types.types())
        endpoints.register(receiver.NAME, receiver.destination, receiver.RULES)
        alarms.register_pages(PAGES)
