"""Importing profiles: upload, look, confirm, and take the last import back."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from sqlalchemy import delete, select

from lti_tool import clock
from lti_tool.courses.cells import MOST_BYTES, TableError
from lti_tool.courses.models import Profile, ProfileImport, ProfileImportRow
from lti_tool.courses.people import participants
from lti_tool.courses.profile_matching import Candidate, Match, matches, may_take
from lti_tool.courses.profile_table import (
    Entry,
    Table,
    read_cells,
    read_text_table,
)
from lti_tool.courses.profiles import profiles, put_profile, values_of
from lti_tool.courses.spreadsheet import is_spreadsheet, read_sheet
from lti_tool.errors import ConflictError, InvalidError, NotFoundError
from lti_tool.i18n import gettext as _
from lti_tool.persistence.session import Session


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A row of an upload and what it would do now."""

    id: int
    match: Match

    @property
    def entry(self) -> Entry:
        """Return what the row says."""
        return self.match.entry

    @property
    def needs_choice(self) -> bool:
        """Tell whether the lead says whose row this is."""
        return self.match.state in {"suggested", "ambiguous"}


@dataclass(frozen=True, slots=True)
class Undone:
    """How many profiles are as before, and how many were changed meanwhile and stay."""

    restored: int
    kept: int


def read_file(content: bytes) -> Table:
    """Return the table of profiles in a CSV or XLSX file or raise TableError."""
    if len(content) > MOST_BYTES:
        raise TableError("too_large")
    if is_spreadsheet(content):
        return read_cells(read_sheet(content))
    return read_text_table(content)


def upload(session: Session, file_name: str, table: Table, *, by: int) -> ProfileImport:
    """Keep a table until it is confirmed; one that was waiting is dropped."""
    session.execute(delete(ProfileImport).where(ProfileImport.state == "uploaded"))
    batch = ProfileImport(
        file_name=file_name[:200], state="uploaded", by_person_id=by, at=clock.now()
    )
    session.add(batch)
    session.flush()
    session.add_all(
        ProfileImportRow(
            import_id=batch.id, line=entry.line, content=json.dumps(asdict(entry))
        )
        for entry in table.entries
    )
    session.flush()
    return batch


def waiting_upload(session: Session) -> ProfileImport | None:
    """Return the upload that waits to be confirmed."""
    return session.scalar(
        select(ProfileImport).where(ProfileImport.state == "uploaded")
    )


def last_import(session: Session) -> ProfileImport | None:
    """Return the newest import that was confirmed and can be taken back."""
    newest = select(ProfileImport).where(ProfileImport.state != "uploaded")
    found = session.scalar(newest.order_by(ProfileImport.id.desc()).limit(1))
    return found if found is not None and found.state == "applied" else None


def discard(session: Session, import_id: int) -> None:
    """Drop an upload that was not confirmed."""
    session.delete(_get(session, import_id, "uploaded"))


def preview(session: Session, import_id: int) -> list[PreviewRow]:
    """Return what each row of an upload would do now."""
    batch = _get(session, import_id, "uploaded", lock=False)
    rows = _rows(session, batch)
    found = matches([_entry(row) for row in rows], candidates(session))
    return [PreviewRow(row.id, match) for row, match in zip(rows, found, strict=True)]


def candidates(session: Session) -> list[Candidate]:
    """Return the participants as the matching wants them."""
    known = profiles(session)
    return [
        Candidate(
            person_id=p.person_id,
            name=p.bare_name,
            email=p.email,
            values=values_of(known.get(p.person_id)),
            is_confirmed=_is_confirmed(known.get(p.person_id)),
        )
        for p in participants(session)
    ]


def apply(session: Session, import_id: int, choices: Mapping[int, int]) -> int:
    """Store what an upload says and return how many profiles changed.

    ``choices`` gives rows with a choice (by their id) to people; without one a row is left out.
    """
    batch = _get(session, import_id, "uploaded")
    targets = _targets(preview(session, import_id), choices)
    if not targets:
        raise InvalidError(
            _("No row would change a profile, so nothing was taken over.")
        )
    _forget_rows(session, except_of=batch.id)
    changed = 0
    for row in _rows(session, batch):
        if row.id in targets and _take(session, row, targets[row.id]):
            changed += 1
        else:
            session.delete(row)
    batch.state, batch.at = "applied", clock.now()
    session.flush()
    return changed


def undo(session: Session, import_id: int) -> Undone:
    """Take the last import back; what its person confirmed or changed since stays."""
    last = last_import(session)
    if last is None or last.id != import_id:
        raise ConflictError(_("Only the last import can be taken back."))
    batch = _get(session, import_id, "applied")
    restored = kept = 0
    for row in _rows(session, batch):
        if _restore(session, row):
            restored += 1
        else:
            kept += 1
        session.delete(row)
    batch.state, batch.at = "undone", clock.now()
    session.flush()
    return Undone(restored, kept)


def _targets(rows: list[PreviewRow], choices: Mapping[int, int]) -> dict[int, int]:
    targets: dict[int, int] = {}
    for row in rows:
        person_id = (
            choices.get(row.id)
            if row.needs_choice
            else next(iter(row.match.person_ids), None)
        )
        if person_id is None or not may_take(row.match, person_id):
            continue
        if person_id in targets.values():
            raise InvalidError(
                _("Two rows were given to one person. Go back and choose again.")
            )
        targets[row.id] = person_id
    return targets


def _take(session: Session, row: ProfileImportRow, person_id: int) -> bool:
    profile = session.scalar(
        select(Profile).where(Profile.person_id == person_id).with_for_update()
    )
    if _is_confirmed(profile):
        return False
    before = None if profile is None else values_of(profile)
    after = values_of(put_profile(session, person_id, _entry(row).values))
    row.person_id, row.before, row.content = (
        person_id,
        json.dumps(before),
        json.dumps(after),
    )
    return after != before


def _restore(session: Session, row: ProfileImportRow) -> bool:
    profile = session.scalar(
        select(Profile).where(Profile.person_id == row.person_id).with_for_update()
    )
    if profile is None or _is_confirmed(profile):
        return False
    if values_of(profile) != json.loads(row.content):
        return False
    before = json.loads(row.before or "null")
    if before is None:
        session.delete(profile)
    else:
        emptied = dict.fromkeys(json.loads(row.content), "")
        put_profile(session, profile.person_id, emptied | before)
    return True


def _is_confirmed(profile: Profile | None) -> bool:
    return profile is not None and profile.confirmed_at is not None


def _get(
    session: Session, import_id: int, state: str, *, lock: bool = True
) -> ProfileImport:
    wanted = select(ProfileImport).where(ProfileImport.id == import_id)
    # PostgreSQL locks no rows in a transaction that only reads, as that of a preview.
    batch = session.scalar(wanted.with_for_update() if lock else wanted)
    if batch is None:
        raise NotFoundError
    if batch.state != state:
        raise ConflictError
    return batch


def _rows(session: Session, batch: ProfileImport) -> list[ProfileImportRow]:
    wanted = select(ProfileImportRow).where(ProfileImportRow.import_id == batch.id)
    return list(session.scalars(wanted.order_by(ProfileImportRow.id)))


def _forget_rows(session: Session, *, except_of: int) -> None:
    session.execute(
        delete(ProfileImportRow).where(ProfileImportRow.import_id != except_of)
    )


def _entry(row: ProfileImportRow) -> Entry:
    said = json.loads(row.content)
    left_out = tuple((name, text) for name, text in said.pop("not_understood"))
    return Entry(**said, not_understood=left_out)
