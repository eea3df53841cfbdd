from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "orders"
    verbose_name = "Orders"

    def ready(self) -> None:
        from integration import endings

        from . import decisions

        for event_type in (decisions.ACCEPTED, decisions.REJECTED):
            endings.listeners.setdefault(event_type, []).append(decisions.note_ending)
