"""Fill in admin forms as a browser would, with everything the page shows."""

from typing import Any

from django.forms import MultipleChoiceField


def filled(response: Any, **changes: Any) -> dict[str, Any]:
    """Return the form data an unchanged page would send, updated with `changes`."""
    assert response.status_code == 200, response
    context = response.context_data
    data = _fields(context["adminform"].form)
    for inline in context["inline_admin_formsets"]:
        formset = inline.formset
        data |= _fields(formset.management_form)
        for form in formset.forms:
            data |= _fields(form)
    return data | changes


def row(prefix: str, index: int, **fields: Any) -> dict[str, Any]:
    """Return the data of a new inline row, including the updated form count."""
    data = {f"{prefix}-{index}-{name}": value for name, value in fields.items()}
    return data | {f"{prefix}-TOTAL_FORMS": str(index + 1)}


def errors(response: Any) -> str:
    """Return every error on the page as text."""
    assert response.status_code == 200, f"{response.status_code}: it was saved"
    context = response.context_data
    messages = [context["adminform"].form.errors.as_text()]
    for inline in context["inline_admin_formsets"]:
        messages += [form.errors.as_text() for form in inline.formset.forms]
        messages.append(str(inline.formset.non_form_errors().as_text()))
    return "\n".join(message for message in messages if message)


def names(response: Any) -> set[str]:
    """Return the names of the objects in a change list."""
    assert response.status_code == 200, response
    return {str(row) for row in response.context_data["cl"].result_list}


def _fields(form: Any) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for field in form:
        value = field.value()
        if isinstance(field.field, MultipleChoiceField):
            data[field.html_name] = list(value or [])
        elif value is True:
            data[field.html_name] = "on"
        elif value is not False:
            data[field.html_name] = "" if value is None else str(value)
    if shown := getattr(form, "shown_value", str)():
        data[form.add_prefix("shown")] = shown
    return data
