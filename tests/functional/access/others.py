"""What happens to Ben while Mia looks."""

from lti_tool import clock
from lti_tool.attendance import service as attendance
from lti_tool.attendance.evidence import Hand, newest
from lti_tool.attendance.rules import State
from lti_tool.attendance.service import Wish
from lti_tool.courses import profiles
from lti_tool.courses import service as courses
from lti_tool.groups import service as groups
from lti_tool.groups.survey import service as survey
from lti_tool.groups.survey.service import Answers
from lti_tool.worksheet import network
from lti_tool.worksheet import service as worksheet
from lti_tool.worksheet.network import ActorFacts
from tests.functional.access.people import BEN, LEAD, MIA
from tests.functional.access.planted import ANSWERS, write
from tests.functional.access.world import World


def change_everything_about_ben(world: World) -> None:
    """Change all that only Ben and the course team may know."""
    with world.writing() as session:
        ben, lead = world.ids[BEN], world.ids[LEAD]
        second = groups.get_formation(session, world.samples["@second"])
        topics = [topic.id for topic in groups.topics(session, second)]
        groups.rank_topics(session, second, ben, topics)
        survey.store_answers(session, second, ben, Answers(wanted=(world.ids[MIA],)))
        profiles.confirm_profile(
            session, ben, {"question": "Another", "experience": "over_10"}
        )
        meeting = attendance.get_meeting(session, world.samples["meeting_id"])
        hand = Hand(lead, reason="He was not there")
        attendance.record(
            session, meeting, {ben: Wish(State.ABSENT)}, hand=hand, seen=newest(session)
        )
        draft = worksheet.open_draft(session, ben, "mid", clock.now().date())
        write(
            session, draft, ANSWERS | dict.fromkeys(("A4.note", "F1.text"), "Otherwise")
        )
        network.add_actor(
            session, draft, "0" * 32, ActorFacts("A new one", "company", closeness="2")
        )
        # To hand it in would show what he shares; that it counts for his certificate is his alone.
        courses.achieve(session, ben, "worksheet", "mid", state="handed_in")
