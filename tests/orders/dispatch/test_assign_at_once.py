"""Two people assigning drivers at the same time."""

import pytest

from integration.models import OutboundEvent
from orders.dispatch import driver_assignment, drivers
from orders.models import Driver, FollowedOrder
from tests.orders.support.board_pages import text_of
from tests.orders.support.deliveries import ASSIGN, driver, followed, own
from tests.support.threads import at_once

pytestmark = pytest.mark.django_db


def press(page, person, values, **headers):
    return page.post(ASSIGN, {"driver": person.pk, "delivery": [*values]}, follow=True, **headers)


@pytest.mark.django_db(transaction=True)
def test_of_two_people_at_once_one_wins_and_the_other_is_told(browser_client, owner, location):
    people = [driver(location.merchant, name, f"+1512555010{n}") for n, name in enumerate("AB")]
    pages = [browser_client(owner) for _ in people]
    for number in range(4):
        mine, theirs = own(location, f"A-{number}"), followed(location, f"F-{number}")
        values = [f"own:{mine.pk}:0", f"followed:{theirs.pk}:0"]
        first, second = values, values[::-1]
        calls = [
            lambda first=first: press(pages[0], people[0], first),
            lambda second=second: press(pages[1], people[1], second),
        ]
        answers = [text_of(answer) for answer in at_once(*calls)]
        for order in (mine, theirs):
            winner = order.assignments.get()
            order.refresh_from_db()
            assert order.history.count() == 1
            assert isinstance(order, FollowedOrder) or order.driver["name"] == winner.driver.name
        won = [f"{people[n].name} delivers 2 orders." in answers[n] for n in (0, 1)]
        assert sorted(won) == [False, True]
    assert OutboundEvent.objects.count() == 4  # Of the followed ones.


@pytest.mark.django_db(transaction=True)
def test_assigning_and_deactivating_at_once_never_leaves_an_assignment_after_it(owner, location):
    person = driver(location.merchant)
    for number in range(5):
        Driver.objects.update(is_active=True, deactivated_at=None)
        order = followed(location, f"F-{number}")

        def assign(order=order):
            try:
                driver_assignment.assign([order], person, by=owner)
            except driver_assignment.Deactivated:
                return "refused"
            return "assigned"

        outcome, _ = at_once(
            assign, lambda: drivers.set_active(Driver.objects.get(), is_active=False)
        )
        person.refresh_from_db()
        row = order.assignments.first()
        assert (row is not None) == (outcome == "assigned")
        assert not person.is_active
