from django.apps import AppConfig


class DspConfig(AppConfig):
    name = "dsp"
    verbose_name = "Ordering channel"

    def ready(self) -> None:
        from integration.monitoring import alarms
        from integration.oauth import client_roles
        from integration.webhooks import endpoints
        from integration.webhooks import event_types as registry

        from . import event_types
        from .alarm_pages import PAGES
        from .client_role import DSP
        from .outbound import receiver
        from .stores import connection

        client_roles.register(DSP)
        DSP.on_authorized(connection.begin_authorization)
        registry.register(*event_types.types())
        endpoints.register(receiver.NAME, receiver.destination)
        alarms.register_pages(PAGES)
