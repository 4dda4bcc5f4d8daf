"""Texts that can be erased although a hash commits to them."""

from collections.abc import Iterable, Mapping

from sqlalchemy import select

from lti_tool.courses.models import ErasableText
from lti_tool.persistence.session import Session
from lti_tool.persistence.types import commitment, new_salt


def keep_text(session: Session, text: str, *, person_id: int | None) -> ErasableText:
    """Store a text apart from the hashed row that commits to it; return its row.

    The hashed row stores ``commitment`` and ``id``.
    """
    salt = new_salt()
    kept = ErasableText(
        person_id=person_id, salt=salt, text=text, commitment=commitment(text, salt)
    )
    session.add(kept)
    session.flush()
    return kept


def texts(session: Session, ids: Iterable[int | None]) -> Mapping[int, str | None]:
    """Return kept texts by id; None where a text was erased."""
    wanted = [i for i in ids if i is not None]
    found = session.scalars(select(ErasableText).where(ErasableText.id.in_(wanted)))
    return {row.id: row.text for row in found}
