"""Channel keys: shown once, scoped, revoked at once, found by one query."""

from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from dsp.channel_api import keys
from dsp.models import ChannelKey
from tests.dsp.support.channel import new_store
from tests.dsp.support.front_end import FrontEnd, front_end_of
from tests.support import factories

pytestmark = pytest.mark.django_db
PATHS = [
    ("get", "/stores"),
    ("get", "/stores/str_8H2K"),
    ("get", "/stores/str_8H2K/menu"),
    ("post", "/stores/str_8H2K/quotes"),
    ("post", "/orders"),
    ("get", "/orders/ord_01"),
    ("post", "/orders/ord_01/cancel"),
    ("post", "/refunds/ref_01/ack"),
]


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_without_a_good_key_nothing_opens(role, store, token, method, path):
    nobody = FrontEnd("chk_wrong")
    answer = getattr(nobody, method)(path)
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")
    assert 'error="invalid_token"' in answer["WWW-Authenticate"]
    nobody.headers = {}
    answer = getattr(nobody, method)(path)
    assert (answer.status_code, answer["WWW-Authenticate"]) == (
        401,
        'Bearer realm="stream-channel"',
    )
    nobody.headers = {"HTTP_AUTHORIZATION": f"Bearer {token.raw}"}  # Stream's own.
    assert getattr(nobody, method)(path).status_code == 401


def test_a_key_is_made_by_a_command_printed_once_and_kept_as_a_checksum(role, merchant, store):
    out = StringIO()
    names = {"merchant": merchant.provider_id, "store": [store.provider_id]}
    call_command("create_channel_key", **names, stdout=out)
    text = out.getvalue().strip()
    key = ChannelKey.objects.get()
    assert text.startswith("chk_")
    assert text not in str(vars(key))
    assert list(key.stores.all()) == [store]
    assert FrontEnd(text).get("/stores/str_8H2K").status_code == 200


def test_the_command_refuses_unknown_merchants_and_foreign_stores(merchant):
    foreign = new_store(factories.merchant(name="Elsewhere"))
    with pytest.raises(CommandError, match="no merchant mer_none"):
        call_command("create_channel_key", merchant="mer_none")
    with pytest.raises(CommandError, match=f"no store {foreign.provider_id}"):
        call_command(
            "create_channel_key", merchant=merchant.provider_id, store=[foreign.provider_id]
        )


def test_a_key_sees_its_merchants_stores_or_only_those_it_is_for(role, merchant, store):
    new_store(factories.merchant(name="Elsewhere"), provider_id="str_foreign")
    new_store(merchant, provider_id="str_other")
    new_store(merchant, provider_id="str_archived", archived_at=timezone.now())

    def seen(front_end):
        listed = {one["id"] for one in front_end.get("/stores").json()["stores"]}
        every = ("str_8H2K", "str_other", "str_foreign", "str_archived", "str%00", "str_none")
        opened = {one for one in every if front_end.get(f"/stores/{one}").status_code == 200}
        assert listed == opened
        return listed

    assert seen(front_end_of(merchant)) == {"str_8H2K", "str_other"}
    assert seen(front_end_of(merchant, store)) == {"str_8H2K"}


def test_a_key_of_a_store_that_is_gone_opens_no_other(role, merchant, store):
    new_store(merchant, provider_id="str_other")
    front_end = front_end_of(merchant, store)
    store.delete()
    assert front_end.get("/stores").json() == {"stores": []}
    assert front_end.get("/stores/str_other").status_code == 404


def test_a_revoked_key_is_refused_at_once(role, merchant):
    key, text = keys.create(merchant, name="Web shop")
    assert FrontEnd(text).get("/stores").status_code == 200
    keys.revoke(key)
    assert FrontEnd(text).get("/stores").status_code == 401


def test_a_key_is_found_by_one_query_and_its_use_noted_once_an_hour(
    merchant, store, django_assert_num_queries
):
    _, text = keys.create(merchant, name="Web shop", stores=[store])
    begin = timezone.now()
    for minutes, queries in ((0, 2), (1, 1), (59, 1), (61, 2), (62, 1)):
        with time_machine.travel(begin + timedelta(minutes=minutes), tick=False):
            with django_assert_num_queries(queries):
                holder = keys.find(text)
            assert holder.store_ids == {store.pk}
    assert ChannelKey.objects.get().last_used_at == begin + timedelta(minutes=61)


def test_without_a_client_of_the_role_there_is_no_api(role, settings, merchant):
    front_end = front_end_of(merchant)
    settings.STREAM_DSP_CLIENT_ID = ""
    for path in (*(path for _, path in PATHS), "/schema/", "/docs/"):
        answer = front_end.client.get(f"/channel/v1{path}", **front_end.headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
