from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "orders"
    verbose_name = "Orders"

    def ready(self) -> None:
        from integration.webhooks import endpoints, listeners

        from .alerts import webhook as alert_webhook
        from .instore import delivery_request
        from .lifecycle import acceptance

        for event_type in (acceptance.ACCEPTED, acceptance.REJECTED):
            listeners.listeners.setdefault(event_type, []).append(acceptance.note_ending)
        listeners.listeners.setdefault(delivery_request.EVENT, []).append(
            delivery_request.note_ending
        )
        endpoints.names.append(alert_webhook.NAME)
        endpoints.sources.append(alert_webhook.destination)
