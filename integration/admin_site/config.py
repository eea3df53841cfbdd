"""App configuration that makes our site the default admin site; see INSTALLED_APPS."""

from django.contrib.admin.apps import AdminConfig


class StreamAdminConfig(AdminConfig):
    default_site = "integration.admin_site.site.StreamAdminSite"
