"""The details of the guest, and the placing of the order: once for each form."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dsp.models import Quote
from dsp.ordering import placing_request, quotes, unpaid_limits
from dsp.ordering.refusals import MENU_CHANGED, QUOTE_EXPIRED, Impossible, Malformed, NotFound
from dsp.ordering.unpaid_limits import Origin, TooMany
from integration import phone_numbers
from integration.api.networks import network
from integration.readable_texts import ReadableTexts

from . import drafts, menu, words
from .base import KIND, GuestPage
from .cart import totals
from .drafts import Draft
from .orders import SCOPE, order_of

_CAR = "Car: "  # For the restaurant's staff.


class DetailsForm(ReadableTexts, forms.Form):
    """The guest, and how the restaurant finds them at the window."""

    name = forms.CharField(
        label=gettext_lazy("Your name"),
        max_length=100,
        widget=forms.TextInput({"autocomplete": "name"}),
        error_messages={"required": gettext_lazy("Enter your name.")},
    )
    phone = forms.CharField(
        label=gettext_lazy("Phone"),
        max_length=40,
        widget=forms.TextInput({"type": "tel", "autocomplete": "tel"}),
        error_messages={"required": gettext_lazy("Enter your phone number.")},
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail (optional)"),
        required=False,
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "email"}),
        error_messages={"invalid": gettext_lazy("Enter an e-mail such as ann@example.com.")},
    )
    car = forms.CharField(
        label=gettext_lazy("Your car, such as “blue van” (optional)"),
        required=False,
        max_length=100,
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    of_age = forms.BooleanField(
        label=gettext_lazy("I am old enough to buy alcohol here. I will show an ID."),
        error_messages={"required": gettext_lazy("Confirm your age: the order has alcohol.")},
    )

    def __init__(self, *args: Any, country: str, has_alcohol: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self._country = country
        if not has_alcohol:
            del self.fields["of_age"]

    def clean_phone(self) -> str:
        number: str = self.cleaned_data["phone"]
        try:
            phone_numbers.normalize(number, country=self._country)
        except phone_numbers.InvalidPhoneNumber as error:
            raise forms.ValidationError(_("Enter a number such as +1 512 555 0100.")) from error
        return number


class CheckoutPage(GuestPage):
    """The details, with the quote that the order will be placed by."""

    cache_control = "private, no-store"

    def get(self, request: HttpRequest) -> HttpResponse:
        draft = drafts.open_draft(request.session, self.store)
        if order_of(self.store, draft.key) is not None:
            # A page that was open meanwhile has kept the cart of an order that is placed.
            draft.key = drafts.new_key()
            drafts.save_draft(request.session, self.store, draft)
        quote = self._quote(draft)
        if quote is None:
            return HttpResponseRedirect(self.address("cart"))
        return self._page(self._form(quote, initial=draft.details), quote, draft.key)

    def post(self, request: HttpRequest) -> HttpResponse:
        key = drafts.known_key(request.POST.get("key", ""))
        if not key:
            return HttpResponseRedirect(self.address("cart"))
        if order_of(self.store, key) is not None:
            return self._follow(key)
        draft = drafts.open_draft(request.session, self.store)
        quote = _kept(self, request.POST.get("quote", "")) or self._quote(draft)
        if quote is None:
            return HttpResponseRedirect(self.address("cart"))
        form = self._form(quote, request.POST)
        if not form.is_valid():
            return self._page(form, quote, key, status=400)
        return self._place(form, quote, key, draft)

    def _place(self, form: DetailsForm, quote: Quote, key: str, draft: Draft) -> HttpResponse:
        details, store = form.cleaned_data, self.store
        body, source = _body(quote, details), _origin(self.request)
        try:
            unpaid_limits.check(store, source, details["phone"])
            placing_request.place(store.merchant, SCOPE, key, body, {store.pk}, source.network)
        except TooMany as refusal:
            return self._too_many(refusal, form, quote, key)
        except Malformed:
            form.add_error(None, _("Check your details: something in them cannot be read."))
            return self._page(form, quote, key, status=400)
        except NotFound:
            return self._again(draft, details, QUOTE_EXPIRED)
        except Impossible as refusal:
            # The same form sent twice at once, with other details.
            if order_of(self.store, key) is None:
                return self._again(draft, details, refusal.code)
        if draft.key == key:
            drafts.discard_draft(self.request.session, self.store)
        return self._follow(key)

    def _too_many(
        self, refusal: TooMany, form: DetailsForm, quote: Quote, key: str
    ) -> HttpResponse:
        form.add_error(None, words.too_many())
        page = self._page(form, quote, key, status=429)
        page["Retry-After"] = str(refusal.seconds)
        return page

    def _again(self, draft: Draft, details: dict[str, Any], code: str) -> HttpResponse:
        """Keep the details, and show what is in the way: the cart says it line by line."""
        draft.details = {name: value for name, value in details.items() if name != "of_age"}
        drafts.save_draft(self.request.session, self.store, draft)
        if code == QUOTE_EXPIRED:
            messages.warning(self.request, words.sentence(code))
            return HttpResponseRedirect(self.address("checkout"))
        if code not in words.OF_THE_STORE:
            messages.warning(self.request, words.sentence(MENU_CHANGED))
        return HttpResponseRedirect(self.address("cart"))

    def _quote(self, draft: Draft) -> Quote | None:
        if not draft.lines:
            return None
        try:
            return quotes.make(self.store, draft.request(KIND))
        except Impossible:
            return None

    def _form(self, quote: Quote, data: Any = None, **more: Any) -> DetailsForm:
        live = self.standing().live
        ids = {line["id"] for line in quote.lines}
        alcohol = live is not None and menu.has_alcohol(live, ids, self.now.astimezone(self.zone))
        return DetailsForm(data, country=self.store.country, has_alcohol=alcohol, **more)

    def _follow(self, key: str) -> HttpResponse:
        return HttpResponseRedirect(self.address("follow", key=key))

    def _page(self, form: DetailsForm, quote: Quote, key: str, status: int = 200) -> HttpResponse:
        context = {
            "form": form,
            "key": key,
            "quote": quote,
            "totals": totals(quote.amounts, quote.total, quote.currency),
            "ready": words.instant(quote.ready_at, self.now, self.zone),
            "back": self.address("cart"),
        }
        return self.page("order/checkout.html", context, status=status)


def _origin(request: HttpRequest) -> Origin:
    return unpaid_limits.origin(SCOPE, network(request.META["REMOTE_ADDR"]))


def _kept(page: GuestPage, quote_id: str) -> Quote | None:
    return Quote.objects.filter(store=page.store, provider_id=quote_id[:32]).first()


def _body(quote: Quote, details: dict[str, Any]) -> dict[str, Any]:
    """Return the body that a front end would send to the API."""
    customer = {name: details[name] for name in ("name", "phone", "email") if details[name]}
    body = {"quote_id": quote.provider_id, "customer": customer, "unpaid": True}
    return body | ({"fulfillment_instructions": _CAR + details["car"]} if details["car"] else {})
