"""Fills in the admin's forms as a browser would: with everything the page shows."""

from typing import Any


def filled(response: Any, **changes: Any) -> dict[str, Any]:
    """What the page's form would send if nobody changed anything, and then the changes."""
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
    """A row that somebody added below; the counter goes along."""
    added = {f"{prefix}-{index}-{name}": value for name, value in fields.items()}
    return added | {f"{prefix}-TOTAL_FORMS": str(index + 1)}


def errors(response: Any) -> str:
    """Every error on the page, as text."""
    assert response.status_code == 200, f"{response.status_code}: it was saved"
    context = response.context_data
    found = [context["adminform"].form.errors.as_text()]
    for inline in context["inline_admin_formsets"]:
        found += [form.errors.as_text() for form in inline.formset.forms]
        found.append(str(inline.formset.non_form_errors().as_text()))
    return "\n".join(one for one in found if one)


def names(response: Any) -> set[str]:
    """The objects of a list, by what they are called."""
    assert response.status_code == 200, response
    return {str(one) for one in response.context_data["cl"].result_list}


def _fields(form: Any) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for bound in form:
        value = bound.value()
        if value is True:
            data[bound.html_name] = "on"
        elif value is not False:
            data[bound.html_name] = "" if value is None else str(value)
    return data
