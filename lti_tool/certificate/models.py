"""Rule sets and the decisions people made by them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, UniqueConstraint, event
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, Mapper, mapped_column

from lti_tool.persistence.base import Base, CourseScoped, member, same_course
from lti_tool.persistence.types import UtcDateTime


class RuleSetState(StrEnum):
    """Only one version is published at a time."""

    PUBLISHED = "published"
    RETIRED = "retired"


class RuleSet(CourseScoped, Base):
    """One version of what the certificate asks for; its tree never changes."""

    __tablename__ = "rule_set"
    constraints = (
        UniqueConstraint("course_id", "version"),
        CheckConstraint("state IN ('published', 'retired')", name="state"),
        member("author_id", ondelete="NO ACTION"),
    )

    version: Mapped[int]
    tree: Mapped[dict[str, Any]] = mapped_column(JSON)
    digest: Mapped[str]
    state: Mapped[str]
    author_id: Mapped[int]


class Decision(CourseScoped, Base):
    """What was decided, by whom, on which standing; never changed, never removed."""

    __tablename__ = "decision"
    constraints = (
        UniqueConstraint("course_id", "person_id", "number"),
        CheckConstraint(
            "kind IN ('confirm', 'countersign', 'deny', 'revoke')", name="kind"
        ),
        member("person_id", ondelete="NO ACTION"),
        member("actor_id", ondelete="NO ACTION"),
        same_course("rule_set_id", "rule_set", ondelete="NO ACTION"),
        same_course("reason_id", "erasable_text", ondelete="NO ACTION"),
    )

    person_id: Mapped[int]
    number: Mapped[int]
    """Counts this person's decisions from 1: two at once cannot both be stored."""
    kind: Mapped[str]
    is_final: Mapped[bool]
    """False where another person has to confirm too."""
    rule_set_id: Mapped[int]
    standing: Mapped[str]
    """The fingerprint of what the deciding person saw."""
    status: Mapped[str]
    actor_id: Mapped[int]
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason_hash: Mapped[str] = mapped_column(default="")
    """Commitment to why somebody was denied or lost it; the text can be erased."""
    reason_id: Mapped[int | None]


@event.listens_for(Decision, "before_update")
@event.listens_for(Decision, "before_delete")
def _decisions_stay(
    _mapper: Mapper[Any], _connection: Connection, _row: object
) -> None:
    raise RuntimeError("decisions are only ever appended")
