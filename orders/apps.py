from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "orders"
    verbose_name = "Orders"

    def ready(self) -> None:
        from integration.webhooks import endpoints
        from integration.webhooks import event_types as registry

        from . import (
            event_types,
            tasks,  # noqa: F401  # It registers the rounds, for the web processes too.
        )
        from .alerts import webhook as alert_webhook

        registry.register(*event_types.TYPES)
        endpoints.register(alert_webhook.NAME, alert_webhook.destination)
