"""Putting people into groups and onto waiting lists; whoever calls has locked the formation."""

import secrets
from functools import cached_property

from sqlalchemy import delete, func, select

from lti_tool.errors import ConflictError
from lti_tool.groups import posing, service
from lti_tool.groups.choosing import looking, rules
from lti_tool.groups.choosing.models import ChoiceNews
from lti_tool.groups.models import (
    Choice,
    ChosenGroup,
    ChosenPlace,
    Formation,
    Topic,
    Wish,
)
from lti_tool.groups.scoring import Scorer
from lti_tool.groups.service import standing_topics
from lti_tool.i18n import gettext as _
from lti_tool.persistence.session import Session


class Seating:
    """The places of one choice, while it is locked."""

    def __init__(self, session: Session, formation: Formation, choice: Choice) -> None:
        self.session, self.formation, self.choice = session, formation, choice

    @cached_property
    def scorer(self) -> Scorer:
        """Judges by the rules; made once, for others wait for the lock meanwhile."""
        return Scorer(posing.problem_of(self.session, self.formation))

    def add_group(self, topic: Topic, *, founded_by: int | None = None) -> ChosenGroup:
        """Add an empty group: open to all, or with a code where somebody founds it."""
        newest = self.session.scalar(
            select(func.max(ChosenGroup.number)).where(
                ChosenGroup.formation_id == self.formation.id
            )
        )
        group = ChosenGroup(
            formation_id=self.formation.id,
            number=(newest or 0) + 1,
            topic_id=topic.id,
            code=None if founded_by is None else rules.new_code(secrets.choice),
            founded_by=founded_by,
        )
        self.session.add(group)
        self.session.flush()
        return group

    def change_code(self, group: ChosenGroup) -> None:
        """Give a founded group another code; the old one leads nowhere from now on."""
        if group.code is None:
            raise ConflictError(_("This group is open to all and has no code."))
        group.code = rules.new_code(secrets.choice)
        self.session.flush()

    def take(self, group: ChosenGroup, person_id: int) -> None:
        """Give a person a place, or one on the waiting list where there is none."""
        # Somebody may have left the course meanwhile: who waits comes before who arrives.
        self.move_up()
        held = looking.places(self.session, self.formation)
        if any((p.person, p.group) == (person_id, group.id) for p in held):
            raise ConflictError(_("You are there already."))
        members = [p.person for p in held if p.group == group.id and not p.is_waiting]
        self._refuse_unfit(group, members, person_id)
        self.forget_news(person_id)
        if len(members) >= self.choice.places:
            self.drop(person_id, waiting=True)
            self._add(group.id, person_id, waiting=True)
            return
        self.put(group.id, person_id)
        if any(p.person == person_id for p in held):
            self.settle()

    def put(self, group_id: int, person_id: int) -> None:
        """Put a person into a group: out of the one before, and off the list for this one."""
        self.drop(person_id, waiting=False)
        self.session.execute(
            delete(ChosenPlace).where(
                ChosenPlace.person_id == person_id, ChosenPlace.group_id == group_id
            )
        )
        self._add(group_id, person_id, waiting=False)

    def drop(self, person_id: int, *, waiting: bool) -> bool:
        """Take a person's place away; False if there is none."""
        row = self.session.scalar(
            select(ChosenPlace).where(
                ChosenPlace.formation_id == self.formation.id,
                ChosenPlace.person_id == person_id,
                ChosenPlace.is_waiting.is_(waiting),
            )
        )
        if row is None:
            return False
        self.session.delete(row)
        self.session.flush()
        return True

    def settle(self) -> None:
        """Give free places to those who wait, and forget founded groups that all have left."""
        if looking.is_open(self.session, self.formation, self.choice):
            self.move_up()
            self._forget_empty(looking.groups_of(self.session, self.formation))

    def move_up(self) -> None:
        """Give free places to those who wait."""
        held = looking.places(self.session, self.formation)
        if not any(place.is_waiting for place in held):
            return
        topics = self._topics(looking.groups_of(self.session, self.formation))
        for person, group_id in rules.moves_up(
            held,
            self.choice.places,
            topics,
            lambda person, group, members: rules.fits(
                self.scorer, topics[group], members, person
            ),
        ):
            self.put(group_id, person)
            self.tell(person, "moved_up", group_id)

    def tell(self, person_id: int, kind: str, group_id: int) -> None:
        """Keep for a person what happened to their place, in place of what was told before."""
        self.forget_news(person_id)
        group = looking.get_group(self.session, self.formation, group_id)
        topic = standing_topics(self.session, self.formation)[group.topic_id]
        news = ChoiceNews(
            formation_id=self.formation.id,
            person_id=person_id,
            kind=kind,
            group_label=f"{group.number}: {topic.title}",
        )
        self.session.add(news)
        self.session.flush()

    def forget_news(self, person_id: int) -> None:
        """Forget what a person was to read."""
        news = looking.news_of(self.session, self.formation, person_id)
        if news is not None:
            self.session.delete(news)
            self.session.flush()

    def _topics(self, groups: list[ChosenGroup]) -> dict[int, int]:
        standing = standing_topics(self.session, self.formation)
        return {group.id: standing[group.topic_id].id for group in groups}

    def _refuse_unfit(
        self, group: ChosenGroup, members: list[int], person_id: int
    ) -> None:
        topic = standing_topics(self.session, self.formation)[group.topic_id]
        # One sentence for every rule: what is known of others must not be guessed from it.
        if topic.state != "offered" or not rules.fits(
            self.scorer, topic.id, members, person_id
        ):
            raise ConflictError(
                _(
                    "By the rules of this course this group cannot take you in now. Choose another one."
                )
            )

    def _forget_empty(self, groups: list[ChosenGroup]) -> None:
        used = set(
            self.session.scalars(
                select(ChosenPlace.group_id).where(
                    ChosenPlace.formation_id == self.formation.id
                )
            )
        )
        for group in groups:
            if group.code is not None and group.id not in used:
                self.session.delete(group)
                self._forget_topic(group, [g for g in groups if g is not group])
        self.session.flush()

    def _forget_topic(self, group: ChosenGroup, others: list[ChosenGroup]) -> None:
        """Offer a topic no longer that came with a group and is nobody else's."""
        topic = self.session.get_one(Topic, group.topic_id)
        wished = select(Wish.id).where(Wish.topic_id == topic.id).limit(1)
        if (
            topic.proposed_by == group.founded_by
            and all(other.topic_id != topic.id for other in others)
            and self.session.scalar(wished) is None
            and topic.state == "offered"
        ):
            service.remove_topic(self.session, topic)

    def _add(self, group_id: int, person_id: int, *, waiting: bool) -> None:
        self.session.add(
            ChosenPlace(
                formation_id=self.formation.id,
                group_id=group_id,
                person_id=person_id,
                is_waiting=waiting,
            )
        )
        self.session.flush()
