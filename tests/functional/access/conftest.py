"""One course for all tests of this folder: made once, put back after whatever changed it."""

from collections.abc import Callable, Iterator
from functools import cache

import pytest

from tests.functional.access.crawl import Found, crawl
from tests.functional.access.planted import plant
from tests.functional.access.world import Storage, World, open_world


@pytest.fixture(scope="session")
def built(
    request: pytest.FixtureRequest,
    empty_database: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[World]:
    """The course in which everything has happened."""
    server = request.config.getoption("--postgresql")
    storage = Storage(server, empty_database, tmp_path_factory.mktemp("access"))
    world = open_world(storage)
    plant(world)
    world.untouched = world.rows()
    storage.keep(world.database)
    yield world
    world.database.close()
    storage.end()


@pytest.fixture
def world(built: World) -> World:
    """The course, for looking only."""
    return built


Crawled = Callable[[str], dict[str, Found]]


@pytest.fixture(scope="session")
def crawled(built: World) -> Crawled:
    """What each asker reaches by links; looked at once."""
    return cache(lambda asker: crawl(built.browsers[asker]))


@pytest.fixture
def changing(built: World) -> Iterator[World]:
    """The course, put back afterwards to what it was."""
    yield built
    built.storage.restore(built.database)
