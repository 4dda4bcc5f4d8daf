"""What each move of one person would cost, told before it is made.

A price is how much more, or less, all groups cost afterwards. It is exact for
this one move or swap, with everybody else where they are.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from lti_tool.groups.problem import Bond, Group, Problem
from lti_tool.groups.scoring import Breach, Broken, Scorer, preference_cost, value_of


@dataclass(frozen=True, slots=True)
class Price:
    """What a move costs, and the hard rules that it would break."""

    cost: int
    broken: tuple[Broken, ...] = ()
    swap: int | None = None
    """Who goes back in exchange."""


@dataclass(frozen=True, slots=True)
class Offer:
    """The ways of a person into a group."""

    move: Price
    swaps: tuple[Price, ...] = ()
    """With each member of it, the cheapest first; those that break no rule stand in front."""

    @property
    def best(self) -> Price:
        """The cheapest way that breaks no rule, or the cheapest at all."""
        return min((self.move, *self.swaps[:1]), key=_order)


def offers(
    problem: Problem, groups: Sequence[Group], unplaced: Sequence[int] = ()
) -> dict[int, dict[int, Offer]]:
    """Return what it costs to put each person into each other group, by the group's place."""
    prices = _Prices(problem, groups)
    swaps = _swaps(prices, groups)
    found = {
        person: {
            there: Offer(
                prices.move(person, here, there), swaps.get((person, there), ())
            )
            for there in range(len(groups))
            if there != here
        }
        for here, group in enumerate(groups)
        for person in group.people
    }
    for person in unplaced:
        found[person] = {
            there: Offer(prices.move(person, None, there))
            for there in range(len(groups))
        }
    return found


def moved(before: Sequence[Group], after: Sequence[Group]) -> frozenset[int]:
    """Return who is in a group that does not continue theirs; one continues the most alike of its topic."""
    pairs = sorted(
        (
            (-len({*old.people} & {*new.people}), a, b)
            for a, old in enumerate(before)
            for b, new in enumerate(after)
            if old.topic == new.topic
        ),
    )
    continued: dict[int, int] = {}
    for _shared, a, b in pairs:
        if a not in continued and b not in continued.values():
            continued[a] = b
    stay = {
        person
        for a, b in continued.items()
        for person in {*before[a].people} & {*after[b].people}
    }
    return frozenset(p for group in before for p in group.people) - stay


class _Rules:
    """The rules about who is together, for sets of people as bits: fast, and by the same words as the scorer."""

    def __init__(self, scorer: Scorer) -> None:
        problem = self._problem = scorer.problem
        self.bit = {person: 1 << at for at, person in enumerate(scorer.people)}
        self._spreads = [
            (spread, self._by_value(scorer, spread.attribute))
            for spread in problem.spreads
        ]
        self._not_alone = [
            (rule, self._by_value(scorer, rule.attribute).get(rule.value, 0))
            for rule in problem.not_alone
        ]
        told = [p for p in scorer.people.values() if p.available is not None]
        self._told = self._mask(p.id for p in told)
        self._missing = [
            self._mask(p.id for p in told if slot not in (p.available or ()))
            for slot in frozenset().union(*(p.available or () for p in told))
        ]
        self._apart = [self._pair(bond) for bond in scorer.apart]
        self._together = [self._pair(bond) for bond in scorer.together]

    def _mask(self, people: Iterable[int]) -> int:
        return sum(self.bit[person] for person in people)

    def _pair(self, bond: Bond) -> tuple[Bond, int, int]:
        return bond, self.bit[bond.first], self.bit[bond.second]

    def _by_value(self, scorer: Scorer, attribute: int) -> dict[int, int]:
        found: dict[int, int] = {}
        for person in scorer.people.values():
            value = value_of(person, attribute)
            if value is not None:
                found[value] = found.get(value, 0) | self.bit[person.id]
        return found

    @cache  # noqa: B019  # It lives as long as one answer.
    def cost(self, here: int) -> int:
        """Return what a set of people costs, whatever it works on."""
        problem = self._problem
        off = abs(here.bit_count() - problem.sizes.preferred)
        return (
            problem.weights.size * off
            + self._mix(here)
            + self._times(here)
            + sum(b.cost for b, i, j in self._apart if b.cost and here & i and here & j)
            + sum(
                b.cost
                for b, i, j in self._together
                if b.cost and here & i and not here & j
            )
        )

    def _mix(self, here: int) -> int:
        repeated = 0
        for spread, masks in self._spreads:
            for mask in masks.values():
                count = (here & mask).bit_count()
                if count > 1:
                    repeated += spread.cost * (count - 1)
        return repeated + sum(
            rule.cost
            for rule, mask in self._not_alone
            if rule.cost and (here & mask).bit_count() == 1
        )

    def _times(self, here: int) -> int:
        times = self._problem.times
        if times is None or not here & self._told:
            return 0
        return times.cost * max(times.wanted - self._common(here), 0)

    def _common(self, here: int) -> int:
        return sum(not here & missing for missing in self._missing)

    @cache  # noqa: B019  # It lives as long as one answer.
    def broken(self, here: int) -> frozenset[tuple[Breach, tuple[int, ...]]]:
        """Return the hard rules that a set of people breaks, and who breaks them."""
        return frozenset((*self._broken_mix(here), *self._broken_pairs(here)))

    def _broken_mix(self, here: int) -> Iterator[tuple[Breach, tuple[int, ...]]]:
        problem = self._problem
        if not problem.sizes.smallest <= here.bit_count() <= problem.sizes.largest:
            yield Breach.SIZE, ()
        for spread, masks in self._spreads:
            most = spread.most
            if most is not None and any(
                (here & mask).bit_count() > most for mask in masks.values()
            ):
                yield Breach.SPREAD, ()
        for rule, mask in self._not_alone:
            if rule.cost is None and (here & mask).bit_count() == 1:
                yield Breach.ALONE, ()
        times = problem.times
        if times and here & self._told and self._common(here) < times.at_least:
            yield Breach.NO_COMMON_TIME, ()

    def _broken_pairs(self, here: int) -> Iterator[tuple[Breach, tuple[int, ...]]]:
        for bond, i, j in self._apart:
            if bond.cost is None and here & i and here & j:
                yield Breach.NOT_APART, (bond.first, bond.second)
        for bond, i, j in self._together:
            if bond.cost is None and here & i and not here & j:
                yield Breach.NOT_TOGETHER, (bond.first, bond.second)


class _Prices:
    """Prices of changes to groups."""

    def __init__(self, problem: Problem, groups: Sequence[Group]) -> None:
        self._scorer = Scorer(problem)
        self._rules = _Rules(self._scorer)
        self._groups = groups
        bit = self._rules.bit
        self._now = [sum(bit[p] for p in group.people) for group in groups]

    def move(self, person: int, here: int | None, there: int) -> Price:
        """Return what it costs to put a person elsewhere."""
        bit = self._rules.bit[person]
        changed = {there: self._now[there] | bit}
        cost = self._alone(person, there)
        if here is not None:
            changed[here] = self._now[here] & ~bit
            cost -= self._alone(person, here)
        return self._price(changed, cost, ((person, there),))

    def swap(self, one: int, here: int, other: int, there: int) -> Price:
        """Return what it costs to let two people change places."""
        bits = self._rules.bit[one] | self._rules.bit[other]
        changed = {here: self._now[here] ^ bits, there: self._now[there] ^ bits}
        cost = (
            self._alone(one, there)
            + self._alone(other, here)
            - self._alone(one, here)
            - self._alone(other, there)
        )
        return self._price(changed, cost, ((one, there), (other, here)))

    def _price(
        self, changed: dict[int, int], cost: int, placed: tuple[tuple[int, int], ...]
    ) -> Price:
        rules, broken = self._rules, []
        for place, people in changed.items():
            now = self._now[place]
            cost += rules.cost(people) - rules.cost(now)
            for breach, who in rules.broken(people) - rules.broken(now):
                broken.append(Broken(breach, place, who))
        for person, place in placed:
            broken += self._broken_alone(person, place)
        return Price(cost, tuple(sorted(broken, key=lambda b: (b.breach, b.people))))

    @cache  # noqa: B019  # It lives as long as one answer.
    def _alone(self, person: int, place: int) -> int:
        scorer, group = self._scorer, self._groups[place]
        weights, former = scorer.problem.weights, scorer.before.get(person)
        leaves = former is not None and former != group.former
        return scorer.problem.move_cost * leaves + preference_cost(
            weights, scorer.wishes[person], group.topic
        )

    @cache  # noqa: B019  # It lives as long as one answer.
    def _broken_alone(self, person: int, place: int) -> tuple[Broken, ...]:
        group, found = self._groups[place], []
        if self._scorer.is_too_low(person, group.topic):
            found.append(Broken(Breach.WORST_RANK, place, (person,)))
        if any(
            pin.person == person
            and (
                pin.topic not in {None, group.topic}
                or pin.former not in {None, group.former}
            )
            for pin in self._scorer.problem.pins
        ):
            found.append(Broken(Breach.PIN, place, (person,)))
        return tuple(found)


def _swaps(
    prices: _Prices, groups: Sequence[Group]
) -> dict[tuple[int, int], tuple[Price, ...]]:
    """Return the prices of all swaps, by person and group."""
    found: dict[tuple[int, int], list[Price]] = {}
    for there, second in enumerate(groups):
        for here, first in enumerate(groups[:there]):
            for one in first.people:
                for other in second.people:
                    price = prices.swap(one, here, other, there)
                    found.setdefault((one, there), []).append(
                        replace(price, swap=other)
                    )
                    found.setdefault((other, here), []).append(replace(price, swap=one))
    return {key: tuple(sorted(ways, key=_order)) for key, ways in found.items()}


def _order(price: Price) -> tuple[bool, int]:
    return bool(price.broken), price.cost
