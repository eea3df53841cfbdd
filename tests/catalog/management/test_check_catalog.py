"""The command check_catalog, and the documentation of its rules."""

import json
import re

import pytest
from django.core.management import ManagementUtility

from catalog.models import ItemFamily
from catalog.validation.report import RULES_BY_SEVERITY
from tests.catalog.support import valid_menu
from tests.run import ROOT
from tests.support import factories


@pytest.fixture
def run(capsys, monkeypatch):
    """Run check_catalog as manage.py does; return its exit code, output and errors."""
    # A command closes the database connection at its end; the test still needs it.
    monkeypatch.setattr("django.core.management.base.connections.close_all", lambda: None)

    def call(*arguments):
        code = 0
        try:
            ManagementUtility(["manage.py", "check_catalog", *arguments]).execute()
        except SystemExit as stop:
            code = stop.code
        out, err = capsys.readouterr()
        return code, out, err

    return call


@pytest.fixture
def here(merchant, location):
    type(merchant).objects.update(provider_id="harbor")
    merchant.refresh_from_db()
    valid_menu.make(merchant)
    return location


def test_a_valid_menu_exits_with_0(run, here):
    assert run() == (0, "Harbor Kitchen (harbor): no findings.\n", "")


def test_an_error_exits_with_1_and_findings_are_grouped_by_rule(run, here):
    ItemFamily.objects.filter(provider_id="burger").update(price_amount=None)
    ItemFamily.objects.update(name="Dish")

    assert run("--merchant", "harbor") == (
        1,
        "Harbor Kitchen (harbor): 1 error, 1 warning.\n"
        "  error no-price-no-size\n"
        "    item_family burger “Dish”: It has neither a price nor a size, so nobody can order"
        " it. Enter a price, or add a size.\n"
        "  warning same-name\n"
        "    item_family pizza “Dish”: Another dish of “Dishes” has the same name. Rename one, or"
        " remove it there.\n",
        "",
    )


def test_warnings_alone_exit_with_0(run, here):
    ItemFamily.objects.filter(provider_id="burger").update(price_amount=0)

    code, out, err = run("--location", "loc_downtown")

    assert (code, err) == (0, "")
    assert "Harbor Kitchen (harbor): 0 errors, 1 warning.\n  warning price-zero\n" in out


def test_another_merchants_errors_do_not_count(run, here):
    foreign = factories.merchant(name="Foreign", provider_id="foreign")
    factories.family(foreign, provider_id="x", price_amount=None)

    assert run("--merchant", "harbor")[0] == 0
    assert run("--location", "loc_downtown")[0] == 0
    code, out, _ = run()
    assert code == 1
    assert out.startswith("Foreign (foreign): 1 error, 1 warning.")


def test_findings_can_be_printed_as_json(run, here):
    ItemFamily.objects.filter(provider_id="burger").update(price_amount=None)

    code, out, err = run("--json")

    assert (code, err) == (1, "")
    [result] = json.loads(out)
    assert (result["merchant"], result["name"]) == ("harbor", "Harbor Kitchen")
    assert [finding["rule"] for finding in result["findings"]] == ["no-price-no-size"]
    assert result["findings"][0]["provider_id"] == "burger"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--merchant", "nobody"], "There is no merchant nobody."),
        (["--location", "nowhere"], "There is no location nowhere."),
        (
            ["--merchant", "harbor", "--location", "loc_foreign"],
            "Harbor Kitchen has no location loc_foreign.",
        ),
    ],
)
def test_a_refusal_prints_one_sentence_and_exits_with_1(run, here, arguments, sentence):
    factories.location(factories.merchant(), provider_id="loc_foreign")

    code, out, err = run(*arguments)

    assert (code, out) == (1, "")
    assert err.strip().removeprefix("CommandError: ") == sentence


def test_wrong_usage_exits_with_2(run, here):
    assert run("--every")[0] == 2


@pytest.mark.parametrize("severity", list(RULES_BY_SEVERITY))
def test_the_documentation_lists_the_rules_of_the_code(severity):
    text = (ROOT / "docs" / "menu-check.md").read_text()
    section = text.partition(f"## {severity.capitalize()}s\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([a-z-]+)` \| (.+) \| (.+) \|$", section, re.MULTILINE)

    assert rows == [(rule.id, rule.wrong, rule.remedy) for rule in RULES_BY_SEVERITY[severity]]
