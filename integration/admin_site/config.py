"""Makes our site the default one of the admin; named in INSTALLED_APPS."""

from django.contrib.admin.apps import AdminConfig


class StreamAdminConfig(AdminConfig):
    default_site = "integration.admin_site.site.StreamAdminSite"
