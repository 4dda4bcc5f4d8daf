"""An instrument: the prompts of a worksheet, which of them show when, and their texts.

Pure: standard library only. `schema` makes an `Instrument` out of parsed files.
Answers are a mapping from field path (`A4.choice`) to a text; see `answers`.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

PHASES = ("start", "mid", "end")
FORMS = ("short", "full")
PROMPTS_A_PAGE = 3

Answers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Condition:
    """Show a prompt only when another one was answered with one of these values."""

    item: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One prompt."""

    id: str
    section: str
    type: str
    phases: tuple[str, ...]
    required: bool = False
    short: bool = False
    compare: bool = False
    note: bool = False
    options: tuple[str, ...] = ()
    scale: str = ""
    rows: int = 0
    show_if: Condition | None = None

    @property
    def choice_path(self) -> str:
        """The field that a condition on this prompt looks at."""
        return f"{self.id}.choice"


@dataclass(frozen=True, slots=True)
class Section:
    """A titled run of prompts; what is shared with others is shared by section."""

    id: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Instrument:
    """One released version of a worksheet; it never changes."""

    name: str
    version: str
    phases: tuple[str, ...]
    languages: tuple[str, ...]
    scales: Mapping[str, tuple[str, ...]]
    actor_types: tuple[str, ...]
    sections: tuple[Section, ...]
    texts: Mapping[str, Mapping[str, Any]]
    sha256: str

    @property
    def items(self) -> tuple[Item, ...]:
        """Every prompt in the order in which it is asked."""
        return tuple(item for section in self.sections for item in section.items)

    def item(self, item_id: str) -> Item:
        """Return one prompt; KeyError if the instrument has none of this id."""
        for item in self.items:
            if item.id == item_id:
                return item
        raise KeyError(item_id)

    def say(self, language: str, *keys: str) -> str:
        """Return a text in this language (or the first one there is), "" if none."""
        known = language if language in self.texts else self.languages[0]
        found: Any = self.texts[known]
        for key in keys:
            if not isinstance(found, Mapping) or key not in found:
                return ""
            found = found[key]
        return found if isinstance(found, str) else ""


@dataclass(frozen=True, slots=True)
class Page:
    """At most three prompts of one section, shown together."""

    number: int
    section: str
    items: tuple[Item, ...]


def fingerprint(structure: Mapping[str, Any], texts: Mapping[str, Any]) -> str:
    """Return the sha256 of an instrument's content, whatever the order of its keys."""
    canonical = json.dumps(
        {"structure": structure, "texts": texts},
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


def _condition_holds(
    instrument: Instrument, item: Item, answers: Answers, form: str
) -> bool:
    if item.show_if is None:
        return True
    asked = instrument.item(item.show_if.item)
    if form == "short" and not asked.short:
        return True
    return answers.get(asked.choice_path, "") in item.show_if.values and (
        _condition_holds(instrument, asked, answers, form)
    )


def visible_items(
    instrument: Instrument, phase: str, form: str, answers: Answers
) -> tuple[Item, ...]:
    """Return the prompts that this phase and form ask, given what was answered.

    A prompt whose condition rests on one that the short form leaves out is shown.
    """
    return tuple(
        item
        for item in instrument.items
        if phase in item.phases
        and (form == "full" or item.short)
        and _condition_holds(instrument, item, answers, form)
    )


def _runs(items: tuple[Item, ...]) -> Iterator[tuple[Item, ...]]:
    run: list[Item] = []
    for item in items:
        if run and (item.section != run[0].section or len(run) == PROMPTS_A_PAGE):
            yield tuple(run)
            run = []
        run.append(item)
    if run:
        yield tuple(run)


def pages(
    instrument: Instrument, phase: str, form: str, answers: Answers
) -> tuple[Page, ...]:
    """Return the visible prompts three a page; a page never mixes two sections."""
    runs = _runs(visible_items(instrument, phase, form, answers))
    return tuple(
        Page(number, run[0].section, run) for number, run in enumerate(runs, start=1)
    )
