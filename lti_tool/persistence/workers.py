"""Which workers live: each writes every few seconds that it does."""

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool import clock
from lti_tool.persistence.base import Base
from lti_tool.persistence.session import EVERYWHERE, Database, Session
from lti_tool.persistence.types import UtcDateTime

BEAT_SECONDS = 15
ALIVE = timedelta(seconds=60)
"""A worker that was not heard of for so long does not live, or cannot work."""
_LAST_SECONDS = 2
log = structlog.get_logger()


class Worker(Base):
    """A process that does background work."""

    __tablename__ = "worker"

    id: Mapped[str] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


def alive(session: Session) -> int:
    """Return how many workers live."""
    now = clock.now()
    # One that seems to be of the future was heard before the clock was set back.
    heard = select(func.count(Worker.id)).where(
        Worker.seen_at.between(now - ALIVE, now + ALIVE)
    )
    return session.scalar(heard) or 0


@contextmanager
def beating(database: Database) -> Iterator[None]:
    """Let everybody know that a worker lives in this process, until the end of the block."""
    name, stop = secrets.token_hex(8), threading.Event()
    thread = threading.Thread(target=_beat, args=(database, name, stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        # A database that does not answer must not hold up the end; the row grows old by itself.
        thread.join(_LAST_SECONDS)


def _beat(database: Database, name: str, stop: threading.Event) -> None:
    _try(
        database,
        lambda session: session.execute(
            delete(Worker).where(Worker.seen_at < clock.now() - ALIVE)
        ),
    )
    while True:
        _try(
            database,
            lambda session: session.put(Worker, {"id": name}, seen_at=clock.now()),
        )
        if stop.wait(BEAT_SECONDS):
            break
    _try(
        database,
        lambda session: session.execute(delete(Worker).where(Worker.id == name)),
    )


def _try(database: Database, act: Callable[[Session], object]) -> None:
    """Do it, or leave it to the next beat: work goes on without anybody knowing."""
    try:
        with database.transaction(EVERYWHERE) as session:
            act(session)
    except SQLAlchemyError as error:
        log.warning("heartbeat lost", error=type(error).__name__)
