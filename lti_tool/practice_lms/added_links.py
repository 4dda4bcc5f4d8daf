"""Activities that teachers added, with the columns that came with them."""

import json
from collections.abc import Iterable
from dataclasses import replace

from lti_tool.practice_lms import grading
from lti_tool.practice_lms.database import Database
from lti_tool.practice_lms.deep_linking import ContentItem
from lti_tool.practice_lms.gradebook import Gradebook, LineItem
from lti_tool.practice_lms.world import Course, ResourceLink, World

_FIRST_ID = 101


class AddedLinks:
    """The activities that are in no example, kept in the data file."""

    def __init__(self, database: Database, gradebook: Gradebook) -> None:
        self._database = database
        self._gradebook = gradebook

    def add(self, course: Course, items: Iterable[ContentItem]) -> None:
        """Add activities to a course, all or none; the activity's title names its column."""
        with self._database.transaction():
            for item in items:
                link_id = self._add(course.context_id, item)
                if item.maximum:
                    self._gradebook.save(
                        LineItem(
                            id=0,
                            context_id=course.context_id,
                            kind=grading.ACTIVITY,
                            label=item.title,
                            maximum=item.maximum,
                            resource_id=item.resource_id,
                            tag=item.tag,
                            link_id=link_id,
                        )
                    )

    def _add(self, context_id: str, item: ContentItem) -> str:
        with self._database.transaction() as rows:
            row = rows.execute(
                "INSERT INTO added_link (id, context_id, title, description, custom, url)"
                " VALUES ((SELECT COALESCE(MAX(id) + 1, ?) FROM added_link), ?, ?, ?, ?, ?)"
                " RETURNING id",
                (
                    _FIRST_ID,
                    context_id,
                    item.title,
                    item.text,
                    json.dumps(item.custom),
                    item.url,
                ),
            ).fetchone()
        return str(row["id"])

    def into(self, world: World) -> World:
        """Return the world with these activities in their courses."""
        courses = tuple(
            replace(course, links=(*course.links, *self._links(course)))
            for course in world.courses
        )
        return replace(world, courses=courses)

    def _links(self, course: Course) -> list[ResourceLink]:
        with self._database.transaction() as rows:
            found = rows.execute(
                "SELECT * FROM added_link WHERE context_id = ? ORDER BY id",
                (course.context_id,),
            ).fetchall()
        return [
            ResourceLink(
                id=str(row["id"]),
                activity=str(row["id"]),
                title=row["title"],
                description=row["description"],
                custom=json.loads(row["custom"]),
                url=row["url"],
            )
            for row in found
        ]
