"""The example: two courses, a copy of the first, and invented people; ids are stable, tests rely on them."""

from lti_tool.practice_lms.world import (
    CoupledLineItem,
    Course,
    Member,
    Person,
    ResourceLink,
    Role,
    World,
)


def _staff(sub: str, given_name: str, family_name: str, username: str) -> Person:
    return Person(
        sub=sub,
        given_name=given_name,
        family_name=family_name,
        username=username,
        email=f"{username}@lehrgang.example",
    )


ADMIN = Person(
    sub="2",
    given_name="Admin",
    family_name="Lernplattform",
    username="admin",
    email="admin@lehrgang.example",
    language="en",
)
LEAD = _staff("3", "Käthe", "Größmann", "kgroessmann")
ASSISTANT = _staff("4", "Zoë", "Schäfer-Öttinger", "zschaefer")
REVIEWER = _staff("5", "Jürgen", "Weißenfels", "jweissenfels")
SPEAKER = _staff("6", "Çağla", "Yıldız", "cyildiz")
SECOND_SPEAKER = _staff("7", "Björn", "Kröger-Thies", "bkroeger")
EXAMINER = _staff("8", "Friederike", "Straßburg", "fstrassburg")
LEAD_OF_EMPTY_COURSE = _staff("9", "Özlem", "Ünsal", "oeuensal")

NETWORKS = {
    "MINT-Netz Wattenmeer": "Nordfriesland",
    "Fachkräfteforum Förde": "Kieler Förde",
    "MINT-Region Elbmarsch": "Unterelbe",
    "Zukunftsnetz Ammerland": "Ammerland",
    "MINT-Achse Harz": "Harz",
    "Netzwerk Talente Börde": "Magdeburger Börde",
    "MINT-Ring Niederlausitz": "Niederlausitz",
    "Fachkräftebündnis Bergland": "Bergisches Land",
    "MINT-Werkstatt Rhön": "Rhön",
    "Bildungsnetz Oberschwaben": "Oberschwaben",
    "MINT-Verbund Chiemgau": "Chiemgau",
}
_NETWORK_NAMES = tuple(NETWORKS)


def _participant(
    sub: int,
    name: tuple[str, str],
    network: int,
    *,
    language: str = "de",
    has_email: bool = True,
) -> Person:
    network_name = _NETWORK_NAMES[network]
    username = f"tn{sub:02d}"
    return Person(
        sub=str(sub),
        given_name=name[0],
        family_name=name[1],
        username=username,
        email=f"{username}@netzwerke.example" if has_email else None,
        language=language,
        sourced_id=f"M-{sub + 89:04d}",
        network=network_name,
        region=NETWORKS[network_name],
    )


PARTICIPANTS = (
    _participant(11, ("Änne", "Möllering"), 0),
    _participant(12, ("Sören", "Petersen-Groß"), 0),
    _participant(13, ("Jana", "Böhme"), 1),
    _participant(14, ("Hülya", "Özkan"), 2),
    _participant(15, ("Lars-Ole", "O'Brien"), 2),
    _participant(16, ("Wiebke", "Grünhagen"), 3),
    _participant(17, ("Günther", "Löwenthal"), 4, has_email=False),
    _participant(18, ("Thérèse", "Noël"), 5),
    _participant(19, ("Jana", "Böhme"), 6),
    _participant(20, ("Fionnuala", "Keane"), 7, language="en"),
    _participant(21, ("Mareike", "Müller-Lüdtke"), 7),
    _participant(22, ("Rüdiger", "Jägerhuber"), 8),
    _participant(23, ("Nguyễn", "Thị Hồng"), 8),
    _participant(24, ("Quirin", "Hübschmann"), 9),
    _participant(25, ("Kübra", "Şimşek"), 10),
    _participant(26, ("Ingo", "von der Haide"), 10),
)
SUSPENDED = _participant(27, ("Dörte", "Straßer"), 3)
NEWCOMER = _participant(28, ("Vojtěch", "Dvořáček"), 5)

_BY_SUB = {person.sub: person for person in PARTICIPANTS}
SAME_NAME = (_BY_SUB["13"], _BY_SUB["19"])
WITHOUT_EMAIL = _BY_SUB["17"]
ENGLISH_SPEAKER = _BY_SUB["20"]
JOINS_BY_VIDEO = _BY_SUB["24"]

ACTIVITIES = ("home", "groups", "project", "worksheet", "attendance", "certificate")
_TEXTS = {
    "home": ("Kursstart", "Was als Nächstes ansteht, Termine und mein Stand"),
    "groups": ("Gruppenbildung", "Themen vorschlagen und Wünsche ordnen"),
    "project": ("Projektarbeit", "Die Arbeit der Projektgruppe und ihre Bewertung"),
    "worksheet": ("Netzwerk-Reflexion", "Das Arbeitsblatt zum eigenen Netzwerk"),
    "attendance": ("Anwesenheit", "Termine und Teilnahme, vor Ort oder per Video"),
    "certificate": ("Zertifikat", "Anforderungen und Stand zum IHK-Zertifikat"),
}
_MAXIMA = {"project": 100.0, "worksheet": 1.0, "certificate": 1.0}


def _links(first_id: int) -> tuple[ResourceLink, ...]:
    return tuple(
        ResourceLink(
            id=str(first_id + position),
            activity=activity,
            title=_TEXTS[activity][0],
            description=_TEXTS[activity][1],
            custom={"activity": activity},
        )
        for position, activity in enumerate(ACTIVITIES)
    )


def _line_items(
    links: tuple[ResourceLink, ...], first_id: int
) -> tuple[CoupledLineItem, ...]:
    graded = [link for link in links if link.activity in _MAXIMA]
    return tuple(
        CoupledLineItem(
            id=first_id + position,
            link_id=link.id,
            label=link.title,
            maximum=_MAXIMA[link.activity],
        )
        for position, link in enumerate(graded)
    )


_MINT_LINKS = _links(first_id=1)
_EMPTY_LINKS = _links(first_id=7)
_COPY_LINKS = _links(first_id=13)

MINT_2026 = Course(
    key="mint-2026",
    context_id="2",
    label="MINT-2026",
    title="Netzwerkkoordinator:in zur Fachkräftesicherung (IHK)",
    sourced_id="ZNK-2026-A",
    total_item_id=1,
    members=(
        Member(LEAD, Role.TEACHER, "lead"),
        Member(ASSISTANT, Role.NON_EDITING_TEACHER, "assistant"),
        Member(REVIEWER, Role.TEACHER, "reviewer"),
        Member(SPEAKER, Role.TEACHER, "speaker"),
        Member(SECOND_SPEAKER, Role.TEACHER, "speaker"),
        Member(EXAMINER, Role.TEACHER, "examiner"),
        *(Member(person, Role.STUDENT) for person in PARTICIPANTS),
        Member(SUSPENDED, Role.STUDENT, active=False),
    ),
    links=_MINT_LINKS,
    line_items=_line_items(_MINT_LINKS, first_id=2),
)
EMPTY_2027 = Course(
    key="empty-2027",
    context_id="3",
    label="LEER-2027",
    title="Netzwerkkoordinator:in zur Fachkräftesicherung (IHK), Lehrgang 2027",
    sourced_id="ZNK-2027-A",
    total_item_id=5,
    members=(
        Member(LEAD_OF_EMPTY_COURSE, Role.TEACHER, "lead"),
        Member(_BY_SUB["11"], Role.STUDENT),
        Member(_BY_SUB["20"], Role.STUDENT),
        Member(NEWCOMER, Role.STUDENT),
    ),
    links=_EMPTY_LINKS,
    line_items=_line_items(_EMPTY_LINKS, first_id=6),
)
COPY_2027 = Course(
    key="copy-2027",
    context_id="4",
    label="MINT-2027",
    title="Netzwerkkoordinator:in zur Fachkräftesicherung (IHK), Kopie für 2027",
    sourced_id="ZNK-2027-B",
    total_item_id=9,
    members=(
        Member(LEAD, Role.TEACHER, "lead"),
        Member(LEAD_OF_EMPTY_COURSE, Role.TEACHER),
        Member(NEWCOMER, Role.STUDENT),
    ),
    links=_COPY_LINKS,
    line_items=_line_items(_COPY_LINKS, first_id=10),
    copied_from=(MINT_2026.context_id,),
)
EXAMPLE = World(courses=(MINT_2026, EMPTY_2027, COPY_2027), administrators=(ADMIN,))
