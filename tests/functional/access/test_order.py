"""Pages do not depend on the order in which a database happens to give its rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from tests.functional.access.people import MEMBERS
from tests.functional.access.test_leaks import pages_of
from tests.functional.access.world import World

pytestmark = pytest.mark.sqlite


@pytest.mark.parametrize("asker", sorted(MEMBERS))
def test_pages_stay_the_same_if_rows_without_an_order_come_the_other_way_round(
    world: World, asker: str
) -> None:
    before = pages_of(world, asker)

    with reversed_rows(world.database.engine):
        after = pages_of(world, asker)

    assert after == before


def test_the_rows_do_come_the_other_way_round(world: World) -> None:
    before = ids(world)

    with reversed_rows(world.database.engine):
        after = ids(world)

    assert after == before[::-1]
    assert len(before) > 1


def ids(world: World) -> list[int]:
    with world.database.engine.connect() as connection:
        return list(connection.execute(sa.text("SELECT id FROM enrolment")).scalars())


@contextmanager
def reversed_rows(engine: sa.Engine) -> Iterator[None]:
    event.listen(engine, "checkout", _reverse)
    try:
        yield
    finally:
        event.remove(engine, "checkout", _reverse)
        engine.dispose()


def _reverse(connection: Any, *_: object) -> None:
    connection.execute("PRAGMA reverse_unordered_selects = ON")
