"""Phone numbers are compared by the number, whatever is written around and behind it."""

import pytest

from orders.privacy.phone_search import digits, is_same

SAME = [
    "+15550100100", "+1 555 010-0100", "(555) 010 0100", "001 555 010 0100", "5550100100",
    "+1 555 010 0100 ext. 4", "+1 555 010 0100 EXT 41", "+1-555-010-0100x4", "+15550100100;ext=4",
    "+15550100100,,123456#", "+1 555 010 0100 #4", "+1 555 010 0100 (code 123456)",
    "+1 555 010 0100 extension 4", "tel:+1-555-010-0100;ext=22", "+1 555 010 0100 p 99",
    "+1 555 010 0100 Durchwahl 4", "٥٥٥٠١٠٠١٠٠", "+1 555 010 0100 доб. 4",
]  # fmt: skip
OTHER = ["+1 555 010 0101", "+1 555 010 0101 ext. 100", "", "ext. 4", "100", "+44 20 7946 0000"]


@pytest.mark.parametrize("one", SAME)
@pytest.mark.parametrize("other", ["+15550100100", "555 010 0100 ext. 9"])
def test_the_same_number_is_found_in_every_spelling(one, other):
    assert is_same(digits(one), digits(other))


@pytest.mark.parametrize("other", OTHER)
def test_another_number_is_not_found(other):
    assert not is_same(digits("+1 555 010 0100 ext. 4"), digits(other))


def test_a_zero_that_is_dialed_within_the_country_only_does_not_count():
    for written in ("+44 (0)20 7946 0000", "020 7946 0000", "0044 20 79460000"):
        assert is_same(digits(written), digits("+442079460000"))
