"""The consumer's own addresses below /api/, and the pages of the LMS that tests need below /lms/."""

import json
from typing import Any

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt
from lti_consumer import api
from lti_consumer.models import (
    CourseAllowPIISharingInLTIFlag,
    Lti1p3Passport,
    LtiAgsLineItem,
    LtiAgsScore,
    LtiDlContentItem,
)
from opaque_keys.edx.keys import CourseKey, UsageKey

from tests.interop.openedx import lms
from tests.interop.openedx.models import UserProfile


@csrf_exempt
def course(request: HttpRequest, key: str) -> JsonResponse:
    """Make a course, or change who its members are."""
    said = json.loads(request.body)
    course_key = CourseKey.from_string(key)
    made = lms.COURSES.setdefault(course_key, lms.Course(said["title"]))
    made.members = {_user(m).id: m["role"] for m in said["members"]}
    CourseAllowPIISharingInLTIFlag.objects.create(
        course_id=course_key, enabled=said["shares_names"]
    )
    return JsonResponse({})


def _user(member: dict[str, str]) -> Any:
    user, _is_new = lms.User.objects.get_or_create(
        username=member["username"], email=member["email"]
    )
    UserProfile.objects.update_or_create(user=user, defaults={"name": member["name"]})
    return user


@csrf_exempt
def block(request: HttpRequest, location: str) -> JsonResponse:
    """Place a block and return what its author reads in Studio to enter it in the tool."""
    usage = UsageKey.from_string(location)
    lms.add_block(usage, json.loads(request.body))
    author = next(
        lms.User.objects.get(id=user_id)
        for user_id, role in lms.COURSES[usage.course_key].members.items()
        if role in lms.STAFF
    )
    placed = lms.block(usage, author)
    facts = api.get_lti_1p3_launch_info(placed.get_lti_1p3_launch_data())
    api.sync_lti_passport_id_to_block(placed)
    return JsonResponse({**facts, "passport_id": placed.lti_1p3_passport_id})


def enter(request: HttpRequest, location: str) -> HttpResponse:
    """Open a block as somebody who is logged in; `choose` opens its choice of content."""
    user = lms.User.objects.get(username=request.GET["as"])
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    data = lms.block(UsageKey.from_string(location), user).get_lti_1p3_launch_data()
    if "choose" in request.GET:
        return redirect(api.get_lti_1p3_launch_info(data)["deep_linking_launch_url"])
    return redirect(api.get_lti_1p3_content_url(data))


def state(_request: HttpRequest, key: str) -> JsonResponse:
    """Return what the LMS holds of a course: grades, and what the tool stored by its services."""
    course_key = CourseKey.from_string(key)

    def here(rows: Any) -> list[Any]:
        return [
            r for r in rows if r.lti_configuration.location.course_key == course_key
        ]

    items = here(LtiAgsLineItem.objects.all())
    return JsonResponse(
        {
            "grades": [
                {**grade, "block": str(grade["block"])}
                for grade in lms.COURSES[course_key].grades
            ],
            "line_items": [
                {
                    "label": item.label,
                    "maximum": item.score_maximum,
                    "resource_id": item.resource_id,
                    "resource_link_id": str(item.resource_link_id or ""),
                    "tag": item.tag,
                }
                for item in items
            ],
            "scores": [
                {
                    "user": lms.user_of(score.user_id).username,
                    "given": score.score_given,
                    "maximum": score.score_maximum,
                    "comment": score.comment,
                    "at": score.timestamp.isoformat(),
                }
                for score in LtiAgsScore.objects.filter(line_item__in=items)
            ],
            "content": [
                {"type": item.content_type, **item.attributes}
                for item in here(LtiDlContentItem.objects.all())
            ],
        }
    )


@csrf_exempt
def new_key(_request: HttpRequest, passport: str) -> JsonResponse:
    """Sign with a new key from now on; the next launch makes it."""
    Lti1p3Passport.objects.filter(passport_id=passport).update(
        lti_1p3_internal_private_key=""
    )
    return JsonResponse({})


urlpatterns = [
    path("api/", include("lti_consumer.plugin.urls", namespace="lti_consumer")),
    path("lms/ready", lambda _request: HttpResponse("ready")),
    path("lms/course/<str:key>", course),
    path("lms/block/<str:location>", block),
    path("lms/enter/<str:location>", enter),
    path("lms/state/<str:key>", state),
    path("lms/new-key/<str:passport>", new_key),
]
