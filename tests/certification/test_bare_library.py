"""The same table against the library alone: what the overridden hooks are for."""

from collections import Counter
from collections.abc import Callable

import pytest
from flask import Flask

from tests.certification.bare import BarePlatform, bare_tool
from tests.certification.forging import ForgingPlatform, KeyServer
from tests.certification.launching import Attempt
from tests.certification.table import GROUPS, Row

COMPARED = {
    group: [row for row in rows if not row.ours_only] for group, rows in GROUPS.items()
}
OUTCOMES = ("refused", "accepted", "crashed")


def outcome(platform: ForgingPlatform, row: Row, *, wrong: bool = True) -> str:
    changes = {**row.given, **(row.change if wrong else {})}
    status = Attempt(platform, row.roles[0], changes=changes).run().status_code
    return OUTCOMES[0 if 400 <= status < 500 else 1 if status < 400 else 2]


@pytest.fixture
def quiet_crashes(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("CRITICAL")


@pytest.mark.usefixtures("quiet_crashes")
def test_we_refuse_every_row_and_the_library_alone_does_not(
    shared_app: Flask,
    key_server: KeyServer,
    record_property: Callable[[str, object], None],
) -> None:
    bare = bare_tool()
    ours, theirs = Counter[str](), Counter[str]()
    lines = [
        "                    ours        bare PyLTI1p3: refused, accepted, crashed"
    ]
    for group, rows in COMPARED.items():
        us = Counter(outcome(ForgingPlatform(shared_app, key_server), r) for r in rows)
        them = Counter(outcome(BarePlatform(bare, key_server), r) for r in rows)
        lines.append(_line(group, us, them))
        ours, theirs = ours + us, theirs + them
    record_property("summary", "\n".join([*lines, _line("All", ours, theirs)]))

    assert ours == {"refused": sum(map(len, COMPARED.values()))}
    assert theirs["accepted"] > 0
    assert theirs["crashed"] > 0


def _line(group: str, us: Counter[str], them: Counter[str]) -> str:
    counts = "".join(f"{them[name]:10}" for name in OUTCOMES)
    return f"{group:<16}{us['refused']:5} of {us.total():<5} {counts} of {them.total()}"


@pytest.mark.parametrize("group", COMPARED)
def test_the_bare_tool_opens_what_is_right(key_server: KeyServer, group: str) -> None:
    """Else a refusal of the row would say nothing."""
    bare = bare_tool()

    shut = [
        str(row)
        for row in COMPARED[group]
        if outcome(BarePlatform(bare, key_server), row, wrong=False) != "accepted"
    ]

    assert shut == []
