"""Fills the practice LMS's course once: everybody launches, then each feature adds what happened so far."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import urljoin

import requests
from sqlalchemy import select

from lti_tool import clock
from lti_tool.courses.models import Course, Person
from lti_tool.courses.service import set_option
from lti_tool.example_course import (
    attendance,
    courses,
    groups,
    projects,
    survey,
    worksheet,
)
from lti_tool.example_course.world import World
from lti_tool.lti.models import Deployment, Registration
from lti_tool.persistence.session import EVERYWHERE, Database
from lti_tool.practice_lms import example

_SECONDS = 20
_FILLERS: tuple[tuple[str, Callable[[World], None]], ...] = (
    ("people and profiles", courses.fill),
    ("meetings and attendance", attendance.fill),
    ("groups", groups.fill),
    ("project work", projects.fill),
    ("worksheets", worksheet.fill),
    ("a survey for the next groups", survey.fill),
)
_FILLED = "example.filled"
Say = Callable[[str], None]


def fill_once(database: Database, lms_url: str, say: Say) -> None:
    """Fill the example course unless that was done before; what was interrupted goes on."""
    done = _steps_done(database, lms_url)
    if done == len(_FILLERS):
        return
    say("Filling the example course: everybody enters once …")
    _everybody_enters(lms_url)
    world = _world(database, lms_url)
    for number, (title, fill) in enumerate(_FILLERS[done:], done + 1):
        say(f"  {title}")
        fill(world)
        with database.transaction(world.course_id) as session:
            set_option(session, _FILLED, number)


def _steps_done(database: Database, lms_url: str) -> int:
    course = _find_course(database, lms_url)
    return int(course.options.get(_FILLED, 0)) if course is not None else 0


def _find_course(database: Database, lms_url: str) -> Course | None:
    with database.reading(EVERYWHERE) as session:
        return session.scalar(
            select(Course)
            .join(Deployment, Deployment.id == Course.deployment_id)
            .join(Registration, Registration.id == Deployment.registration_id)
            .where(
                Registration.issuer == lms_url,
                Course.context_id == example.MINT_2026.context_id,
            )
        )


def _everybody_enters(lms_url: str) -> None:
    """Launch every activity as the lead, then the course home as everybody else."""
    course = example.MINT_2026
    for link in course.links:
        _launch(lms_url, link.id, example.LEAD.sub)
    for member in course.members:
        if member.active and member.person.sub != example.LEAD.sub:
            _launch(lms_url, course.links[0].id, member.person.sub)


def _launch(lms_url: str, link_id: str, sub: str) -> None:
    """Walk through a launch as a browser without scripts does."""
    with requests.Session() as browser:
        page = browser.get(
            f"{lms_url}/launch/{link_id}", params={"as": sub}, timeout=_SECONDS
        )
        for _step in ("login", "launch"):
            page.raise_for_status()
            url, fields = _form(page.text)
            page = _followed(
                browser, browser.request("POST", url, data=fields, **_asked(browser))
            )
        page.raise_for_status()


def _followed(browser: requests.Session, page: requests.Response) -> requests.Response:
    """Follow redirects with the cookies that each answer set; requests would send the old ones."""
    while page.is_redirect:
        place = urljoin(page.url, page.headers["Location"])
        page = browser.request("GET", place, **_asked(browser))
    return page


def _asked(browser: requests.Session) -> dict[str, Any]:
    # Browsers keep Secure cookies of loopback addresses over http; requests does not send them.
    cookies = {cookie.name: cookie.value or "" for cookie in browser.cookies}
    return {"cookies": cookies, "timeout": _SECONDS, "allow_redirects": False}


def _form(page: str) -> tuple[str, dict[str, str]]:
    action = re.search(r'<form[^>]*\baction="([^"]+)"', page)
    if action is None:
        raise RuntimeError("the practice LMS showed no form")
    inputs = re.findall(r"<input\b[^>]*>", page)
    fields = {}
    for tag in inputs:
        name, value = (
            re.search(rf'\b{key}="([^"]*)"', tag) for key in ("name", "value")
        )
        if name is not None:
            fields[unescape(name[1])] = unescape(value[1]) if value is not None else ""
    return unescape(action[1]), fields


def _world(database: Database, lms_url: str) -> World:
    course = _find_course(database, lms_url)
    if course is None:
        raise RuntimeError("nobody could enter the example course")
    with database.reading(EVERYWHERE) as session:
        found = session.execute(
            select(Person.sub, Person.id)
            .join(Registration, Registration.id == Person.registration_id)
            .where(Registration.issuer == lms_url)
        )
        people = {row.sub: row.id for row in found}
    return World(
        database=database,
        course_id=course.id,
        people=people,
        participants=tuple(people[person.sub] for person in example.PARTICIPANTS),
        lead=people[example.LEAD.sub],
        now=clock.now(),
    )
