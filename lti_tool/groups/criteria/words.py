"""Rules, what groupings cost and which rules they break, in words of users."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import LazyString

from lti_tool.groups import words as groups
from lti_tool.groups.criteria.parts import Demand, Part
from lti_tool.groups.criteria.rules import Bonding, Card, Kind, Preset, Strength
from lti_tool.groups.problem import Problem
from lti_tool.groups.scoring import Breach, Broken
from lti_tool.groups.survey.service import Attribute
from lti_tool.i18n import gettext as _
from lti_tool.i18n import lazy_gettext as _l
from lti_tool.i18n import ngettext

_PARTS = {
    "preference": _l("Wishes for topics"),
    "diversity": _l("Mix"),
    "isolation": _l("Nobody alone"),
    "times": _l("Common times"),
    "bonds": _l("Pairs and wishes for people"),
    "size": _l("Preferred size"),
    "moves": _l("People who change their group"),
}
_OF_ALL = {
    Breach.NUMBER_OF_GROUPS: _l("There are too few or too many groups."),
    Breach.TOPIC_FULL: _l("More groups work on a topic than it takes."),
    Breach.POOL_FULL: _l(
        "More groups work on some topics than there may be for these together."
    ),
    Breach.FORMER: _l("Two groups continue the same earlier group."),
}
_OF_A_GROUP = {
    Breach.SIZE: _l("%(group)s is too small or too large."),
    Breach.SPREAD: _l("%(group)s has too many people who are alike in a rule."),
    Breach.ALONE: _l("In %(group)s somebody is the only one of their kind."),
    Breach.NO_COMMON_TIME: _l("%(group)s has too few common times."),
    Breach.NOT_APART: _l("%(people)s are together in %(group)s and must be apart."),
    Breach.NOT_TOGETHER: _l("%(people)s must be together and are in different groups."),
}


def part_words() -> Mapping[str, LazyString]:
    """Return the label of each part of what a grouping costs, by the name of the part."""
    return _PARTS


def broken_sentence(
    broken: Broken, names: Mapping[int, str], group_names: Sequence[str]
) -> str:
    """Return which rule is broken, where and by whom.

    ``group_names`` are the groups' names in the order in which the groups were scored.
    """
    people = listed([names.get(person, "?") for person in broken.people])
    group = "" if broken.group is None else group_names[broken.group]
    count = len(broken.people)
    if broken.breach == Breach.NOT_ONE_PLACE_EACH:
        return ngettext(
            "%(people)s has no place in a group.",
            "%(people)s have no place in a group.",
            count,
            people=people,
        )
    if broken.breach == Breach.WORST_RANK:
        return ngettext(
            "%(people)s in %(group)s gets a worse wish than is allowed.",
            "%(people)s in %(group)s get a worse wish than is allowed.",
            count,
            people=people,
            group=group,
        )
    if broken.breach == Breach.PIN:
        return _(
            "%(people)s is fixed elsewhere, not in %(group)s.",
            people=people,
            group=group,
        )
    if broken.breach in _OF_ALL:
        return str(_OF_ALL[broken.breach])
    return str(_OF_A_GROUP[broken.breach]) % {"people": people, "group": group}


def listed(names: Sequence[str]) -> str:
    """Return names as they are enumerated in a sentence."""
    if len(names) < 2:  # noqa: PLR2004  # Two names need the word between them.
        return "".join(names)
    return _("%(names)s and %(last)s", names=", ".join(names[:-1]), last=names[-1])


# Cards

KINDS = {
    Kind.WISHES: _l("Wishes for topics"),
    Kind.WORST_WISH: _l("Worst wish allowed"),
    Kind.SIZES: _l("Sizes of the groups"),
    Kind.GROUPS: _l("Number of groups"),
    Kind.CAPACITY: _l("Room for topics together"),
    Kind.SPREAD: _l("Mix people"),
    Kind.NOT_ALONE: _l("Nobody alone"),
    Kind.TIMES: _l("Common times"),
    Kind.PEOPLE: _l("Wishes for people"),
}
HELP = {
    Kind.WISHES: _l("How much first, second and later wishes count."),
    Kind.WORST_WISH: _l("A limit below which nobody who answered may fall."),
    Kind.SIZES: _l("How small and large groups may be, and how much that counts."),
    Kind.GROUPS: _l("Let the number of groups follow from the wishes."),
    Kind.CAPACITY: _l("Topics that share somebody or something that is scarce."),
    Kind.SPREAD: _l(
        "People with different regions, networks, employers or experience meet."
    ),
    Kind.NOT_ALONE: _l("Whoever says this finds somebody like them in the group."),
    Kind.TIMES: _l("Groups can meet, by what people said about their week."),
    Kind.PEOPLE: _l("How much it counts with whom people would like to work."),
}
STRENGTHS = {
    Strength.MUST: _l("must"),
    Strength.IMPORTANT: _l("important"),
    Strength.NICE: _l("would be nice"),
}
BONDINGS = {Bonding.APART: _l("apart"), Bonding.TOGETHER: _l("together")}
PRESETS = {
    Preset.FAIR: _l("Fair"),
    Preset.MIXED: _l("Balanced"),
    Preset.WISHES_FIRST: _l("Wishes first"),
}
PRESET_HELP = {
    Preset.FAIR: _l(
        "One late wish costs more than several second ones. Choose it if nobody should "
        "be disappointed, even if fewer get their favourite."
    ),
    Preset.MIXED: _l(
        "Wishes and all other rules are weighed against each other. Choose it if you "
        "are not sure; it is what happens without any rule."
    ),
    Preset.WISHES_FIRST: _l(
        "As many as possible get their favourite; all else counts half. Choose it if "
        "the topic matters most, even if a few get a late wish."
    ),
}


@dataclass(frozen=True, slots=True)
class Talk:
    """What is called how: people, topics, attributes and their values."""

    names: Mapping[int, str]
    topics: Mapping[int, str]
    attributes: Sequence[Attribute]
    values: Mapping[str, Mapping[str, str]]
    """The words of each value by attribute and by the value's key."""

    def attribute(self, key: str | None) -> str:
        """Return what an attribute is called."""
        labels = {attribute.key: attribute.label for attribute in self.attributes}
        return labels.get(key or "", _("something that is no longer asked"))

    def value(self, key: str | None, value: str) -> str:
        """Return what a value is called."""
        return self.values.get(key or "", {}).get(value, _("something nobody said"))

    def title(self, topics: Sequence[int]) -> str:
        """Return what topics are called; those that are no longer offered are left out."""
        return listed([self.topics[topic] for topic in topics if topic in self.topics])


def wish(rank: int) -> str:
    """Return which wish it is."""
    return groups.wish_word(rank)


def card_sentence(card: Card, talk: Talk) -> str:
    """Return what a card demands."""
    return _CARDS[card.kind](card, talk)


def _sizes(card: Card, _talk: Talk) -> str:
    if card.most is None:
        return _("Groups have the preferred size if possible.")
    return _(
        "%(smallest)s to %(largest)s people in a group, preferably %(preferred)s.",
        smallest=card.least,
        largest=card.most,
        preferred=card.wanted,
    )


def _groups(card: Card, _talk: Talk) -> str:
    if card.least == card.most:
        return ngettext(
            "There is %(num)s group.", "There are %(num)s groups.", card.most or 1
        )
    return _(
        "There are %(fewest)s to %(most)s groups.", fewest=card.least, most=card.most
    )


def _capacity(card: Card, talk: Talk) -> str:
    return ngettext(
        "At most %(num)s group works on %(topics)s.",
        "At most %(num)s groups work on %(topics)s together.",
        card.most or 0,
        topics=talk.title(card.topics),
    )


def _spread(card: Card, talk: Talk) -> str:
    about = talk.attribute(card.attribute)
    if card.strength == Strength.MUST:
        return ngettext(
            "No two people of a group are alike in: %(about)s.",
            "At most %(num)s people of a group are alike in: %(about)s.",
            card.most or 0,
            about=about,
        )
    return _("People in a group differ in: %(about)s.", about=about)


def _not_alone(card: Card, talk: Talk) -> str:
    about = talk.attribute(card.attribute)
    if card.value is None:
        return _("Nobody in a group is alone in: %(about)s.", about=about)
    return _(
        "Nobody in a group is the only one with “%(value)s” (%(about)s).",
        value=talk.value(card.attribute, card.value),
        about=about,
    )


def _times(card: Card, _talk: Talk) -> str:
    if not card.least:
        return ngettext(
            "Each group has %(num)s common time if possible.",
            "Each group has %(num)s common times if possible.",
            card.wanted or 0,
        )
    return ngettext(
        "Each group has at least %(num)s common time; the wish is %(wanted)s.",
        "Each group has at least %(num)s common times; the wish is %(wanted)s.",
        card.least,
        wanted=card.wanted,
    )


_CARDS: Mapping[Kind, Callable[[Card, Talk], str]] = {
    Kind.WISHES: lambda card, _talk: str(PRESETS[Preset(card.value or Preset.MIXED)]),
    Kind.WORST_WISH: lambda card, _talk: _(
        "Nobody who answered gets less than: %(wish)s.", wish=wish(card.most or 1)
    ),
    Kind.SIZES: _sizes,
    Kind.GROUPS: _groups,
    Kind.CAPACITY: _capacity,
    Kind.SPREAD: _spread,
    Kind.NOT_ALONE: _not_alone,
    Kind.TIMES: _times,
    Kind.PEOPLE: lambda _card, _talk: _(
        "People are with those whom they named, and not with those they would rather not."
    ),
}


# Hard rules, one by one


def part_sentence(problem: Problem, part: Part, talk: Talk) -> str:
    """Return what a hard rule of a problem demands."""
    return _PARTS_SAID[part.demand](problem, part.place, talk)


def _pool(problem: Problem, place: int, talk: Talk) -> str:
    pool = problem.pools[place]
    return _capacity(
        Card(Kind.CAPACITY, most=pool.groups_max, topics=pool.topics), talk
    )


def _crowded(problem: Problem, place: int, talk: Talk) -> str:
    spread = problem.spreads[place]
    key = talk.attributes[spread.attribute].key
    return _spread(
        Card(Kind.SPREAD, Strength.MUST, attribute=key, most=spread.most), talk
    )


def _lonely(problem: Problem, place: int, talk: Talk) -> str:
    rule = problem.not_alone[place]
    attribute = talk.attributes[rule.attribute]
    return _(
        "Nobody in a group is the only one with “%(value)s” (%(about)s).",
        value=dict(attribute.values).get(rule.value, ""),
        about=attribute.label,
    )


def _meeting(problem: Problem, _place: int, _talk: Talk) -> str:
    least = problem.times.at_least if problem.times else 0
    return ngettext(
        "Each group has at least %(num)s common time.",
        "Each group has at least %(num)s common times.",
        least,
    )


def _pair(sentence: LazyString, first: int, second: int, talk: Talk) -> str:
    names = [talk.names.get(person, "?") for person in (first, second)]
    return str(sentence) % {"people": listed(names)}


def _pin(problem: Problem, place: int, talk: Talk) -> str:
    pin = problem.pins[place]
    name = talk.names.get(pin.person, "?")
    if pin.former is None:
        return _(
            "%(name)s works on “%(topic)s”.",
            name=name,
            topic=talk.topics.get(pin.topic or 0, "?"),
        )
    return _(
        "%(name)s stays in their group on “%(topic)s”.",
        name=name,
        topic=talk.topics.get(problem.former[pin.former].topic, "?"),
    )


_APART = _l("%(people)s are in different groups.")
_TOGETHER = _l("%(people)s are in the same group.")
_PARTS_SAID: Mapping[Demand, Callable[[Problem, int, Talk], str]] = {
    Demand.SMALLEST: lambda p, _n, _t: ngettext(
        "A group has at least %(num)s person.",
        "A group has at least %(num)s people.",
        p.sizes.smallest,
    ),
    Demand.LARGEST: lambda p, _n, _t: ngettext(
        "A group has at most %(num)s person.",
        "A group has at most %(num)s people.",
        p.sizes.largest,
    ),
    Demand.GROUPS_MIN: lambda p, _n, _t: ngettext(
        "There is at least %(num)s group.",
        "There are at least %(num)s groups.",
        p.groups_min,
    ),
    Demand.GROUPS_MAX: lambda p, _n, _t: ngettext(
        "There is at most %(num)s group.",
        "There are at most %(num)s groups.",
        p.groups_max,
    ),
    Demand.TOPICS: lambda p, _n, _t: ngettext(
        "The topics take %(num)s group in all.",
        "The topics take %(num)s groups in all, each no more than it permits.",
        sum(topic.groups_max for topic in p.topics),
    ),
    Demand.POOL: _pool,
    Demand.WORST_WISH: lambda p, _n, t: _CARDS[Kind.WORST_WISH](
        Card(Kind.WORST_WISH, most=p.worst_rank), t
    ),
    Demand.SPREAD: _crowded,
    Demand.NOT_ALONE: _lonely,
    Demand.TIMES: _meeting,
    Demand.APART: lambda p, n, t: _pair(_APART, p.apart[n].first, p.apart[n].second, t),
    Demand.TOGETHER: lambda p, n, t: _pair(
        _TOGETHER, p.together[n].first, p.together[n].second, t
    ),
    Demand.PIN: _pin,
}
