from django.apps import AppConfig


class DspConfig(AppConfig):
    name = "dsp"
    verbose_name = "Ordering channel"

    def ready(self) -> None:
        from integration.oauth import client_roles

        from .client_role import DSP
        from .stores import connection

        client_roles.register(DSP)
        DSP.on_authorized(connection.begin_authorization)
