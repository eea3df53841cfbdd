from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "orders"
    verbose_name = "Orders"

    def ready(self) -> None:
        from integration.webhooks import endpoints, listeners

        from . import call_endpoint, decisions
        from .instore import sending

        for event_type in (decisions.ACCEPTED, decisions.REJECTED):
            listeners.listeners.setdefault(event_type, []).append(decisions.note_ending)
        listeners.listeners.setdefault(sending.EVENT, []).append(sending.note_ending)
        endpoints.names.append(call_endpoint.NAME)
        endpoints.sources.append(call_endpoint.destination)
