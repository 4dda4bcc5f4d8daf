"""A phase of a worksheet as its pages show it: prompts, values, words of one language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from lti_tool.errors import NotFoundError
from lti_tool.persistence.session import Session
from lti_tool.worksheet import answers as rules_of_answers
from lti_tool.worksheet.answers import Field, Network, fields, is_answered, points_spent
from lti_tool.worksheet.instrument import (
    Answers,
    Instrument,
    Item,
    Page,
    pages,
    visible_items,
)
from lti_tool.worksheet.library import get_instrument
from lti_tool.worksheet.models import Actor, Draft, Tie
from lti_tool.worksheet.network import actors_of, network_of, ties_of
from lti_tool.worksheet.phases import get_form
from lti_tool.worksheet.service import Kept, answers_of, values_of


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of an instrument in one language."""

    instrument: Instrument
    language: str

    def title(self) -> str:
        """Return the name of the instrument."""
        return self.instrument.say(self.language, "title")

    def section(self, section: str, key: str = "title") -> str:
        """Return the title (or the ``intro``) of a section."""
        return self.instrument.say(self.language, "sections", section, key)

    def item(self, item: Item, key: str = "prompt") -> str:
        """Return the prompt, or another word of it such as ``hint`` or ``note``."""
        return self.instrument.say(self.language, "items", item.id, key)

    def option(self, item: Item, option: str) -> str:
        """Return what an option or a level of a scale is called."""
        if item.scale:
            return self.level(item.scale, option)
        return self.instrument.say(self.language, "items", item.id, "options", option)

    def level(self, scale: str, level: str | int) -> str:
        """Return what a level of a scale is called."""
        return self.instrument.say(self.language, "scales", scale, str(level))

    def hindsight(self) -> str:
        """Return the question about the start that the end asks."""
        return self.instrument.say(self.language, "hindsight")

    def actor_type(self, kind: str) -> str:
        """Return what a type of organisation is called."""
        return self.instrument.say(self.language, "actor_types", kind, "label")

    def date(self, value: str) -> date:
        """Return the day that a date field holds."""
        return date.fromisoformat(value)

    def alias(self, kind: str, number: int) -> str:
        """Return the name under which others see an actor, such as School 2."""
        return f"{self.instrument.say(self.language, 'actor_types', kind, 'alias')} {number}"


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything that the pages of one phase need of a draft."""

    instrument: Instrument
    phase: str
    form: str
    kept: Mapping[str, Kept]
    actors: Sequence[Actor]
    ties: Sequence[Tie]
    network: Network

    @property
    def answers(self) -> Answers:
        """The values without their revision numbers."""
        return values_of(self.kept)

    @property
    def pages(self) -> Sequence[Page]:
        """The pages of this phase."""
        return pages(self.instrument, self.phase, self.form, self.answers)

    @property
    def progress(self) -> tuple[int, int]:
        """How many prompts are answered, and how many there are."""
        return rules_of_answers.progress(
            self.instrument, self.phase, self.form, self.answers, self.network
        )

    @property
    def missing(self) -> Sequence[Item]:
        """The required prompts that are still open."""
        return rules_of_answers.missing_required(
            self.instrument, self.phase, self.form, self.answers, self.network
        )

    def page(self, number: int) -> Page:
        """Return one page or raise NotFoundError."""
        for page in self.pages:
            if page.number == number:
                return page
        raise NotFoundError

    def page_of(self, item: Item) -> int:
        """Return the number of the page on which a prompt stands."""
        return next(page.number for page in self.pages if item in page.items)

    def fields(self, item: Item) -> Sequence[Field]:
        """Return the fields of a prompt in this phase."""
        return fields(item, self.phase)

    def value(self, path: str) -> str:
        """Return what a field holds."""
        return self.kept.get(path, Kept()).value

    def number(self, path: str) -> int:
        """Return the revision that a field shows."""
        return self.kept.get(path, Kept()).number

    def spent(self, item: Item, side: str) -> int:
        """Return how many points of a role mix are given out."""
        return points_spent(item, side, self.answers)

    def is_answered(self, item: Item) -> bool:
        """Whether a prompt has an answer."""
        return is_answered(item, self.answers, self.network)

    def items_in(self, section: str) -> Sequence[Item]:
        """Return the visible prompts of a section."""
        asked = visible_items(self.instrument, self.phase, self.form, self.answers)
        return tuple(item for item in asked if item.section == section)

    @property
    def names(self) -> Mapping[str, str]:
        """The owner's names of all actors, by actor."""
        return {actor.uuid: actor.label for actor in self.actors}

    def actor_named(self, uuid: str) -> str:
        """Return the owner's name of an actor, "" if it is no longer on the list."""
        return self.names.get(uuid, "")


def make_sheet(session: Session, phase: str, draft: Draft | None) -> Sheet:
    """Return the sheet of a draft, an empty one where nothing was begun."""
    return Sheet(
        instrument=get_instrument(),
        phase=phase,
        form=get_form(session),
        kept=answers_of(session, draft) if draft else {},
        actors=actors_of(session, draft) if draft else (),
        ties=ties_of(session, draft) if draft else (),
        network=network_of(session, draft) if draft else Network(),
    )
