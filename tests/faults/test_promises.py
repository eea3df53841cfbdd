"""What docs/production.md promises is proved by runs of the suite that exist."""

import re

from tests.faults.scenarios.selection import FAULTS
from tests.faults.servers.processes import ROOT


def test_every_run_that_the_production_page_names_exists():
    text = (ROOT / "docs" / "production.md").read_text()
    rows = [line for line in text.partition("| Failure | Effect | Run |")[2].splitlines() if line]
    table = [row for row in rows[: rows.index("## Exchanging the webhook secret")] if "`" in row]
    runs = [re.findall(r"`([^`]+)`", row.rstrip("| ").rpartition("|")[2]) for row in table]
    assert len(table) == 11
    assert all(runs)
    known = {fault.name.removeprefix("service: ") for fault in FAULTS}
    assert {name for names in runs for name in names} - known == set()
