"""People, courses, blocks and a gradebook: what the LTI consumer asks an LMS for."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser
from lti_consumer.exceptions import LtiError
from lti_consumer.lti_xblock import LtiConsumerXBlock
from lti_consumer.plugin import compat
from opaque_keys.edx.keys import CourseKey, UsageKey
from xblock.core import XBlockMixin
from xblock.fields import DateTime, Scope, ScopeIds, Timedelta
from xblock.reference.user_service import XBlockUser
from xblock.runtime import (
    DictKeyValueStore,
    KvsFieldData,
    MemoryIdManager,
    Runtime,
)

STAFF = {"staff", "limited_staff", "instructor", "global_staff"}
User = get_user_model()


@dataclass
class Course:
    """A course: who takes part, and what its blocks published as grades."""

    title: str
    members: dict[int, str] = field(default_factory=dict)
    """User id to the role that Open edX calls so."""
    grades: list[dict[str, Any]] = field(default_factory=list)


COURSES: dict[CourseKey, Course] = {}
_FIELDS = KvsFieldData(DictKeyValueStore())
_EXTERNAL: dict[int, str] = {}


def external_id(user: AbstractUser) -> str:
    """Return the id by which tools know a user; it is not the LMS's own."""
    return _EXTERNAL.setdefault(user.id, str(uuid.uuid4()))


class _InheritedFields(XBlockMixin):
    """What a block inherits from its course in the LMS."""

    start = DateTime(default=datetime(2026, 1, 1, tzinfo=UTC), scope=Scope.settings)
    due = DateTime(default=None, scope=Scope.settings)
    graceperiod = Timedelta(default=None, scope=Scope.settings)


class _LMSRuntime(Runtime):
    """A runtime for one visitor, whose grade events go to the course's gradebook."""

    def __init__(self, user: AbstractUser | None, role: str | None) -> None:
        ids = MemoryIdManager()
        services = {
            "user": _UserService(user, role),
            "rebind_user": SimpleNamespace(rebind_noauth_module_to_user=_rebind),
            "field-data": _FIELDS,
        }
        super().__init__(ids, ids, services=services, mixins=(_InheritedFields,))

    def publish(self, block: Any, event_type: str, event_data: Any) -> None:
        if event_type == "grade":
            username = User.objects.get(id=event_data["user_id"]).username
            event = {**event_data, "user": username, "block": block.scope_ids.usage_id}
            COURSES[block.scope_ids.usage_id.course_key].grades.append(event)

    def handler_url(self, *_args: Any, **_kwargs: Any) -> str:
        raise NotImplementedError

    resource_url = local_resource_url = handler_url


class _UserService:
    def __init__(self, user: AbstractUser | None, role: str | None) -> None:
        self._user, self._role = user, role

    def get_current_user(self) -> XBlockUser:
        user = self._user
        if user is None:
            return XBlockUser()
        found = XBlockUser(
            is_current_user=True, emails=[user.email], full_name=user.profile.name
        )
        found.opt_attrs = {
            "edx-platform.is_authenticated": True,
            "edx-platform.user_id": user.id,
            "edx-platform.username": user.username,
            "edx-platform.user_is_staff": self._role == "global_staff",
            "edx-platform.user_role": self._role,
        }
        return found

    def get_external_user_id(self, _kind: str) -> str | None:
        return external_id(self._user) if self._user is not None else None


def _rebind(block: Any, user: AbstractUser) -> None:
    block.scope_ids = block.scope_ids._replace(user_id=user.id)


def block(location: UsageKey, user: AbstractUser | None = None) -> LtiConsumerXBlock:
    """Return a block as one visitor has it, or as nobody has it."""
    role = COURSES[location.course_key].members.get(user.id) if user else None
    ids = ScopeIds(user.id if user else None, "lti_consumer", location, location)
    runtime = _LMSRuntime(user, role)
    return runtime.construct_xblock_from_class(LtiConsumerXBlock, ids)


def add_block(location: UsageKey, values: Mapping[str, Any]) -> None:
    """Place a block in its course, as an author does in Studio."""
    made = block(location)
    for name, value in values.items():
        setattr(made, name, value)
    made.save()


def take_the_place_of_edx_platform() -> None:
    """Answer what the consumer asks edx-platform, which does not run here."""
    compat.load_enough_xblock = block
    compat.load_block_as_user = block
    compat.get_course_by_id = _course
    compat.get_course_members = _members
    compat.get_user_from_external_user_id = user_of
    compat.batch_get_or_create_externalids = lambda users: {
        u.id: SimpleNamespace(external_user_id=external_id(u)) for u in users
    }
    compat.user_has_access = lambda user, *_more: user.is_authenticated
    compat.user_course_access = lambda course, user, *_more, **_checks: (
        user.id in COURSES[course.id].members
    )
    compat.user_has_studio_write_access = lambda user, key: (
        COURSES[key].members.get(user.id) in STAFF
    )


def _course(key: CourseKey) -> SimpleNamespace:
    return SimpleNamespace(
        id=key,
        display_name_with_default=COURSES[key].title,
        display_org_with_default=key.org,
        lti_passports=[],
    )


def _members(key: CourseKey) -> dict[int, dict[str, Any]]:
    members = COURSES[key].members
    return {
        user.id: {
            "id": user.id,
            "username": user.username,
            "email": user.email,
            "name": user.profile.name,
            "roles": [members[user.id]],
        }
        for user in User.objects.filter(id__in=members)
    }


def user_of(external: str) -> AbstractUser:
    for user_id, known in _EXTERNAL.items():
        if known == external:
            return User.objects.get(id=user_id)
    raise LtiError("Invalid User")
