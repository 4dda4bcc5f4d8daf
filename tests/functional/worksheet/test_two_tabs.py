"""Two tabs that lose replies: no text is lost and no request is applied twice."""

import random
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from lti_tool.persistence.session import EVERYWHERE, Database
from lti_tool.worksheet import service
from lti_tool.worksheet.models import Draft, Revision
from lti_tool.worksheet.rules import Verdict
from lti_tool.worksheet.service import Edit
from tests.functional.worksheet.conftest import Writer

PATH = "A1.text"


@dataclass
class Tab:
    """A window as the page's script runs it: one op is sent until an answer arrives."""

    name: str
    base: int = 0
    op: Edit | None = None
    is_told_of_conflict: bool = False


@pytest.mark.parametrize("seed", range(8))
def test_no_text_is_lost_and_nothing_is_applied_twice(
    writer: Writer, database: Database, seed: int
) -> None:
    writer.begin()
    chance = random.Random(seed)  # noqa: S311  # Nothing secret.
    tabs, typed = (Tab("a"), Tab("b")), set()
    with database.reading(EVERYWHERE) as session:
        draft = session.scalars(select(Draft)).one()

    for step in range(30):
        tab = chance.choice(tabs)
        if tab.is_told_of_conflict:
            _reload(database, draft, tab)
        if tab.op is None:
            text = f"{tab.name} {step}"
            typed.add(text)
            tab.op = Edit(PATH, text, tab.base, f"op-{step}")
        with database.transaction(draft.course_id) as session:
            outcome = service.save(session, draft, tab.op)
        if chance.random() < 0.25:
            continue  # The reply is lost; the tab will ask again.
        tab.op = None
        tab.is_told_of_conflict = outcome.verdict is Verdict.ASIDE
        tab.base = outcome.number

    with database.reading(EVERYWHERE) as session:
        rows = session.scalars(select(Revision).order_by(Revision.number)).all()
    assert sorted(row.value for row in rows) == sorted(typed)
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))


def _reload(database: Database, draft: Draft, tab: Tab) -> None:
    with database.reading(draft.course_id) as session:
        tab.base = service.answers_of(session, draft)[PATH].number
    tab.is_told_of_conflict = False
