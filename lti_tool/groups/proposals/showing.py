"""What the page of a proposal shows: prices, reasons and figures, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import ceil

from lti_tool.courses import service as courses
from lti_tool.groups import service
from lti_tool.groups.criteria import rules
from lti_tool.groups.criteria import service as criteria
from lti_tool.groups.criteria.talking import talk_of
from lti_tool.groups.criteria.words import (
    PRESETS,
    broken_sentence,
    listed,
    part_sentence,
    part_words,
)
from lti_tool.groups.models import Formation
from lti_tool.groups.proposals.arrangement import Seat, Team, arrange, preset_of
from lti_tool.groups.proposals.models import Proposal
from lti_tool.groups.proposals.pricing import Offer, Price, moved, offers
from lti_tool.groups.proposals.rules import Terms
from lti_tool.groups.proposals.tight import Tight, tight
from lti_tool.groups.scoring import Broken, Cost, Scorer, rank_of
from lti_tool.groups.words import wish_colour, wish_word
from lti_tool.i18n import gettext as _
from lti_tool.i18n import ngettext
from lti_tool.persistence.session import Session

MOST_PRICED = 120
"""Above this number of people the prices of all moves would take too long for a page."""
_DEAR = 10


@dataclass(frozen=True, slots=True)
class Tag:
    """A price as it is shown: short, its colour, and as a sentence."""

    text: str
    colour: str
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """Where a person can go, what a form sends for it, and what it costs."""

    value: str
    label: str
    tag: Tag | None


@dataclass(frozen=True, slots=True)
class Bar:
    """How many people got which wish."""

    label: str
    count: int
    per_cent: int
    colour: str


@dataclass(frozen=True, slots=True)
class Unmet:
    """Who did not get their favourite, and what it would cost."""

    name: str
    topic: str
    reason: str


class Shown:
    """A proposal as its page shows it."""

    most_priced = MOST_PRICED

    def __init__(
        self, session: Session, formation: Formation, proposal: Proposal
    ) -> None:
        self.proposal = proposal
        self.arranged = arranged = arrange(session, formation, proposal)
        self.names = courses.names(session)
        self.topics = {t.id: t.title for t in service.topics(session, formation)}
        self.preset = preset_of(Terms.from_json(proposal.terms)) or rules.preset_of(
            criteria.stored_cards(session, formation)
        )
        self._talk = talk_of(session, formation)
        self._scorer = Scorer(arranged.problem)
        self._place = {team.id: at for at, team in enumerate(arranged.teams)}

    @cached_property
    def offers(self) -> Mapping[int, Mapping[int, Offer]]:
        """What it costs to put each person into each other group; nothing where that takes too long."""
        arranged = self.arranged
        if len(arranged.problem.people) > MOST_PRICED:
            return {}
        late = [seat.person_id for seat in arranged.unplaced]
        return offers(arranged.problem, arranged.grouping, late)

    # Moving

    def ways(self, seat: Seat) -> list[Way]:
        """Return all ways of a person out of their group: by moving, then by the best swaps."""
        return [*self._moves(seat), *self._swaps(seat)]

    def _moves(self, seat: Seat) -> list[Way]:
        found = []
        for group, rank in seat.choices:
            tag = self.tag(self._offer(seat, group), swap=False)
            wish = wish_word(rank, has_answered=seat.has_answered)
            label = f"{self._team_words(self._team(group))} ({wish})"
            found.append(Way(str(group), self._with_price(label, tag), tag))
        return found

    def _swaps(self, seat: Seat) -> list[Way]:
        found = []
        for group, _rank in seat.choices:
            offer = self._offer(seat, group)
            if offer is not None and offer.swaps:
                price = offer.swaps[0]
                tag = self._tag(price)
                label = _(
                    "swap with %(name)s (group %(number)s)",
                    name=self.names[price.swap or 0],
                    number=self._team(group).number,
                )
                value = f"swap-{price.swap}"
                found.append(Way(value, self._with_price(label, tag), tag))
        return found

    def data(self, seat: Seat) -> dict[str, list[str]]:
        """Return the price of each way of a person, swaps with everybody included, for the script."""
        found = {}
        for group, _rank in seat.choices:
            offer = self._offer(seat, group)
            if offer is None:
                continue
            for price in (offer.move, *offer.swaps):
                key = str(group) if price.swap is None else f"swap-{price.swap}"
                tag = self._tag(price)
                found[key] = [tag.text, tag.colour, tag.sentence]
        return found

    def _offer(self, seat: Seat, group: int) -> Offer | None:
        return self.offers.get(seat.person_id, {}).get(self._place[group])

    def cell(self, seat: Seat, team: Team) -> Tag | None:
        """Return the price of the best way of a person into a group."""
        return self.tag(self._offer(seat, team.id), swap=True)

    def tag(self, offer: Offer | None, *, swap: bool) -> Tag | None:
        """Return the price of moving there, or of the best way if swaps count too."""
        if offer is None:
            return None
        return self._tag(offer.best if swap else offer.move)

    def _tag(self, price: Price) -> Tag:
        text = signed(price.cost)
        sentence = "" if price.swap is None else self._swap_words(price.swap)
        if price.broken:
            return Tag(f"{text} ✗", "bad", self.broken_words(price.broken[0]))
        colour = "good" if price.cost <= 0 else "warn" if price.cost < _DEAR else "bad"
        return Tag(text if price.swap is None else f"{text} ⇄", colour, sentence)

    def _swap_words(self, other: int) -> str:
        return _("swap with %(name)s", name=self.names[other])

    def _with_price(self, label: str, tag: Tag | None) -> str:
        if tag is None:
            return label
        broken = f" ({tag.sentence})" if "✗" in tag.text else ""
        return f"{label}: {tag.text}{broken}"

    def _team(self, group: int) -> Team:
        return self.arranged.teams[self._place[group]]

    def _team_words(self, team: Team) -> str:
        return _("Group %(number)s", number=team.number) + f": {team.topic}"

    # What is good and what is not

    @property
    def bars(self) -> list[Bar]:
        """How many got which wish, without those that nobody got."""
        tally, people = self.arranged.tally, max(len(self.arranged.problem.people), 1)
        seats = (seat for team in self.arranged.teams for seat in team.seats)
        chosen = sum(seat.as_chosen for seat in seats)
        # What somebody chose is their first wish.
        first, *others = tally.by_rank
        counted = [(_("as chosen"), chosen, "good")]
        counted += [
            (wish_word(rank), count, wish_colour(rank))
            for rank, count in enumerate((first - chosen, *others), start=1)
        ]
        counted += [
            (_("not wished for"), tally.unwished, "bad"),
            (_("no answer"), tally.silent, "none"),
        ]
        return [
            Bar(label, count, round(100 * count / people), colour)
            for label, count, colour in counted
            if count
        ]

    @property
    def broken(self) -> list[str]:
        """A sentence for each hard rule that the groups break."""
        return [self.broken_words(broken) for broken in self.arranged.broken]

    @cached_property
    def tight(self) -> list[str]:
        """A sentence for each hard rule that the groups only just keep."""
        arranged = self.arranged
        return [
            self._tight_words(one) for one in tight(arranged.problem, arranged.grouping)
        ]

    def _tight_words(self, one: Tight) -> str:
        if one.topic is not None:
            return ngettext(
                "“%(topic)s” is full, and %(num)s person would rather be there.",
                "“%(topic)s” is full, and %(num)s people would rather be there.",
                one.people,
                topic=self.topics.get(one.topic, "?"),
            )
        rule = part_sentence(self.arranged.problem, one.part, self._talk)
        if one.people:
            return ngettext(
                "%(rule)s This is just what %(num)s person gets.",
                "%(rule)s This is just what %(num)s people get.",
                one.people,
                rule=rule,
            )
        if not one.groups:
            return rule
        where = listed([str(self.arranged.teams[at].number) for at in one.groups])
        return ngettext(
            "%(rule)s Just so in group %(groups)s.",
            "%(rule)s Just so in the groups %(groups)s.",
            len(one.groups),
            rule=rule,
            groups=where,
        )

    def broken_words(self, broken: Broken) -> str:
        """Return which rule is broken, and where."""
        names = [
            _("Group %(number)s", number=team.number) for team in self.arranged.teams
        ]
        return broken_sentence(broken, self.names, names)

    @staticmethod
    def parts(cost: Cost) -> list[tuple[str, int]]:
        """Return what costs anything, in words."""
        return [
            (str(word), getattr(cost, part))
            for part, word in part_words().items()
            if getattr(cost, part)
        ]

    @property
    def unmet(self) -> list[Unmet]:
        """Who did not get their favourite, and why."""
        return [
            Unmet(seat.name, topic, reason)
            for team in self.arranged.teams
            for seat in team.seats
            if seat.has_answered and seat.rank != 1
            for topic, reason in [self._reason(seat)]
        ]

    def _reason(self, seat: Seat) -> tuple[str, str]:
        favourite = self._scorer.wishes[seat.person_id][0]
        title = self.topics[favourite]
        places = [
            place
            for place, group in enumerate(self.arranged.grouping)
            if group.topic == favourite
        ]
        if not places:
            return title, _("No group works on it.")
        ways = [self.offers.get(seat.person_id, {}).get(place) for place in places]
        known = [way.best for way in ways if way is not None]
        if not known:
            return title, self._crowd(favourite, places)
        best = min(known, key=lambda price: (bool(price.broken), price.cost))
        return title, f"{self._crowd(favourite, places)} {self._cheapest(best)}"

    def _crowd(self, topic: int, places: list[int]) -> str:
        people = [p for place in places for p in self.arranged.grouping[place].people]
        fans = sum(rank_of(self._scorer.wishes[p], topic) == 1 for p in people)
        return ngettext(
            "Of the %(people)s people there it is the favourite of %(num)s.",
            "Of the %(people)s people there it is the favourite of %(num)s.",
            fans,
            people=len(people),
        )

    def _cheapest(self, best: Price) -> str:
        if best.broken:
            return _(
                "No single move or swap leads there without breaking a rule: %(rule)s",
                rule=self.broken_words(best.broken[0]),
            )
        how = _("moving") if best.swap is None else self._swap_words(best.swap)
        return _(
            "The cheapest way there (%(way)s) costs %(price)s.",
            way=how,
            price=signed(best.cost),
        )

    # How good it is

    @property
    def weighed(self) -> str:
        """How wishes are weighed in what these groups cost."""
        return str(PRESETS[self.preset])

    @property
    def proof(self) -> str:
        """What is known about better groups, as computed."""
        return proof_words(self.proposal)

    @property
    def since(self) -> str:
        """What changes by hand did to the cost; nothing where no hand changed anything."""
        arranged = self.arranged
        if not arranged.is_changed:
            return ""
        if arranged.unplaced or arranged.left:
            return _(
                "Changed by hand. Not everybody has a place, so the cost cannot be compared."
            )
        if arranged.broken or arranged.is_outdated:
            return _(
                "Changed by hand. A rule is broken, or something else has changed since, "
                "so the cost cannot be compared."
            )
        price = signed(arranged.cost - arranged.computed_cost)
        if self.proposal.proof == "optimal":
            return _("Changed by hand: %(price)s compared with the best.", price=price)
        return _(
            "Changed by hand: %(price)s compared with what was computed.", price=price
        )

    @property
    def second_wish(self) -> int:
        """What it costs that somebody gets their second wish in place of the first."""
        ranks = self.arranged.problem.weights.ranks
        return ranks[1] - ranks[0] if len(ranks) > 1 else 0

    @property
    def fixed(self) -> list[str]:
        """The names of those who are fixed."""
        return [
            seat.name
            for team in self.arranged.teams
            for seat in team.seats
            if seat.pin is not None
        ]

    @property
    def fixed_words(self) -> str:
        """The names of those who are fixed, as enumerated."""
        return listed(self.fixed)


@dataclass(frozen=True, slots=True)
class Asked:
    """An exact price: what was asked, and what it comes to; None while it is computed."""

    proposal: Proposal
    name: str
    topic: str
    price: str | None = None
    others: int = 0
    """How many others change their group."""


def asked(
    session: Session, formation: Formation, proposal: Proposal, shown: Shown
) -> Asked:
    """Return what the best groups cost under the condition, compared to those shown."""
    question = Terms.from_json(proposal.terms).pins[-1]
    name = shown.names.get(question.person, "?")
    topic = shown.topics.get(question.topic or 0, "?")
    if proposal.status != "done":
        return Asked(proposal, name, topic)
    then = arrange(session, formation, proposal)
    changed = moved(shown.arranged.grouping, then.grouping) - {question.person}
    price = signed(then.parts.total - shown.arranged.parts.total)
    return Asked(proposal, name, topic, price, len(changed))


def proof_words(proposal: Proposal) -> str:
    """Return what is known about better groups."""
    cost, bound = proposal.cost or 0, proposal.bound or 0
    if proposal.proof is None:
        return _("These groups were not computed but put together by people.")
    if proposal.proof == "optimal":
        return _(
            "As computed, no other division into groups is better under these rules; "
            "that is proven."
        )
    if bound > 0:
        return _(
            "As computed, at most %(share)s %% above what is possible at best.",
            share=ceil(100 * (cost - bound) / bound),
        )
    return _("Good groups, found by search; it is not proven that none are better.")


def signed(cost: int) -> str:
    """Return a price with its sign."""
    if cost == 0:
        return "±0"
    return f"+{cost}" if cost > 0 else f"−{-cost}"  # noqa: RUF001  # A minus sign.
