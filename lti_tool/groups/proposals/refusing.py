"""Refusing what rules forbid, before anybody waits for it."""

from collections.abc import Sequence

from lti_tool.errors import ConflictError
from lti_tool.groups.criteria import checking
from lti_tool.groups.criteria.searching import Answer
from lti_tool.groups.criteria.talking import talk_of
from lti_tool.groups.criteria.words import part_sentence
from lti_tool.groups.models import Formation
from lti_tool.groups.problem import Problem
from lti_tool.i18n import gettext as _
from lti_tool.persistence.session import Session


class ContradictionError(ConflictError):
    """Rules, and people who are fixed, leave no grouping."""

    def __init__(
        self, formation_id: int, answer: Answer, sentences: Sequence[str]
    ) -> None:
        self.formation_id = formation_id
        self.answer = answer
        self.sentences = sentences
        """What cannot be kept at once, as few rules as possible."""
        self.title = (
            _("These rules cannot all be kept:")
            if len(sentences) > 1
            else _("This rule cannot be kept:")
        )
        super().__init__(" ".join((self.title, *sentences)))


def refuse_contradiction(
    session: Session, formation: Formation, problem: Problem
) -> None:
    """Raise ContradictionError where it is known, or counted in a moment, that there is no grouping."""
    answer = checking.contradiction(session, formation, problem)
    if answer is not None:
        talk = talk_of(session, formation)
        said = [part_sentence(problem, part, talk) for part in answer.parts]
        raise ContradictionError(formation.id, answer, said)
