"""The walk over the admin: no form of an object lacks the comparison of shared edits."""

from django.contrib import admin
from django.test import RequestFactory

from integration.shared_edits.form import SharedForm
from integration.shared_edits.formset import SharedFormSet
from integration.shared_edits.model_form import SharedModelForm
from tests.support import factories


def test_every_form_of_the_admin_is_shared(merchant, owner, settings):
    """No page that edits an object lacks the comparison, whoever opens it."""
    settings.STREAM_DSP_CLIENT_ID = "channel"
    settings.STREAM_EVENTS_SECRETS = ["secret"]
    walked = set()
    for person in (owner, factories.user(None, "", is_superuser=True)):
        request = RequestFactory().get("/")
        request.user = person
        for model, page in admin.site._registry.items():
            if not page.has_change_permission(request):
                continue
            walked.add(model.__name__)
            obj = model._default_manager.first() or model()
            if hasattr(obj, "merchant_id") and obj.pk is None:
                obj.merchant = merchant
            assert issubclass(page.get_form(request, obj, change=True), SharedModelForm), model
            for inline in page.get_inlines(request, obj):
                assert issubclass(inline.form, SharedForm), inline
                assert issubclass(inline.formset, SharedFormSet), inline
            if page.list_editable:
                assert issubclass(page.get_changelist_form(request), SharedModelForm), model
                assert issubclass(page.get_changelist_formset(request), SharedFormSet), model
    assert walked >= {
        "User", "Merchant", "Location", "Menu", "Category", "ItemFamily", "Item", "ModifierGroup",
        "Modifier", "Tax", "Store", "StreamLocation",
    }  # fmt: skip
