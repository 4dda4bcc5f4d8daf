"""Two web servers and two workers on one PostgreSQL, replaced one by one while people use them."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from lti_tool.operation import schema
from lti_tool.persistence.session import Database
from tests.chaos.platform import Platform
from tests.commands import call, wait_until
from tests.functional.operation.rolling import Cluster, Crowd, lms_of, newer_version

pytestmark = pytest.mark.postgresql


@pytest.fixture
def cluster(tmp_path: Path, database_url: str) -> Iterator[Cluster]:
    found = Cluster(tmp_path, database_url)
    yield found
    found.close()


@pytest.fixture
def gradebook() -> Iterator[Platform]:
    with Platform(latency=0.01) as platform:
        yield platform


@pytest.fixture
def crowd(app: Flask, cluster: Cluster, gradebook: Platform) -> Iterator[Crowd]:
    """People at work, who came from an LMS that takes grades."""
    with Crowd(cluster.ports, lms_of(app, gradebook)) as found:
        found.wait_for_more()
        yield found


def assert_nobody_noticed(crowd: Crowd, gradebook: Platform) -> None:
    """Let the work end, and see that every request and every grade arrived."""
    crowd.end()
    print(f"\n{dict(crowd.said)}, handed in: {len(crowd.handed_in)}")
    assert crowd.failed == []
    wait_until(
        lambda: {score.sub for score in gradebook.books.applied} == {*crowd.handed_in},
        60,
    )


def test_no_request_fails_while_one_process_after_the_other_is_restarted(
    cluster: Cluster, crowd: Crowd, gradebook: Platform
) -> None:
    codes = []
    for number in (0, 1):
        codes += [cluster.replace_web(number), cluster.replace_worker(number)]
        crowd.wait_for_more()

    assert_nobody_noticed(crowd, gradebook)
    assert codes == [0, 0, 0, 0]


def test_no_request_fails_while_the_tables_grow_and_a_newer_version_takes_over(
    tmp_path: Path,
    cluster: Cluster,
    crowd: Crowd,
    gradebook: Platform,
    database: Database,
) -> None:
    newer = newer_version(tmp_path / "newer", schema.newest())
    too_early = call(cluster.code(newer), "worker")
    plan = call(cluster.code(newer), "database", "upgrade", "--plan")

    upgraded = call(cluster.code(newer), "database", "upgrade")
    assert upgraded.returncode == 0, upgraded.stderr
    crowd.wait_for_more()
    # Such as after a power failure amid the upgrade.
    codes = [cluster.replace_web(0), cluster.replace_worker(0)]
    again = call(cluster.code(None), "database", "upgrade")
    crowd.wait_for_more()
    for number in (0, 1):
        codes += [cluster.replace_web(number, newer)]
        codes += [cluster.replace_worker(number, newer)]
        crowd.wait_for_more()

    assert_nobody_noticed(crowd, gradebook)
    assert codes == [0] * 6
    assert (too_early.returncode, plan.returncode, again.returncode) == (2, 0, 0)
    assert "run 'lti-tool database upgrade'" in too_early.stderr
    assert "To do: newer. This only adds" in plan.stdout
    assert "Nothing to do: the tables fit this version." in again.stdout
    assert written_by(database).keys() == {None, "newer"}


def written_by(database: Database) -> Counter[str | None]:
    """Return how many grades were first wanted from processes of each version."""
    with database.engine.connect() as connection:
        found = connection.scalars(sa.text("SELECT written_by FROM grade"))
        return Counter(found)
