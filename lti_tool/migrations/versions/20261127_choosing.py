"""Places that participants choose themselves, and what members were told."""

import sqlalchemy as sa
from alembic import op

from lti_tool.persistence import types

revision = "choosing"
down_revision = "room"
branch_labels = None
depends_on = None
only_adds = True


def upgrade() -> None:
    _what_members_were_told()
    _what_people_choose()


def downgrade() -> None:
    for table in (
        "chosen_place",
        "chosen_group",
        "wrong_code",
        "choice_news",
        "choice",
        "group_upload",
    ):
        op.drop_table(table)
    with op.batch_alter_table("group_member", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck__group_member__known_reason"), type_="check")
        batch_op.drop_column("reason")
    with op.batch_alter_table("published_group", schema=None) as batch_op:
        batch_op.drop_column("course_group_id")
        batch_op.drop_column("topic_id")
    with op.batch_alter_table("course_group", schema=None) as batch_op:
        batch_op.drop_column("topic_key")
    with op.batch_alter_table("publication", schema=None) as batch_op:
        batch_op.drop_column("restores")
    op.drop_table("publication_seen")


def _what_members_were_told() -> None:
    with op.batch_alter_table("publication", schema=None) as batch_op:
        batch_op.add_column(sa.Column("restores", sa.Integer(), nullable=True))
    with op.batch_alter_table("published_group", schema=None) as batch_op:
        batch_op.add_column(sa.Column("topic_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("course_group_id", sa.Integer(), nullable=True))
    with op.batch_alter_table("course_group", schema=None) as batch_op:
        batch_op.add_column(sa.Column("topic_key", sa.String(), nullable=True))
    with op.batch_alter_table("group_member", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reason", sa.String(), nullable=True))
        batch_op.create_check_constraint(
            op.f("ck__group_member__known_reason"),
            "reason IN ('joined_late', 'moved', 'left_course', 'taken_back')",
        )
    moment = types.UtcDateTime(timezone=True)
    op.create_table(
        "publication_seen",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("publication_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["course.id"],
            name=op.f("fk__publication_seen__course_id__course"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["course_id", "publication_id"],
            ["publication.course_id", "publication.id"],
            name=op.f("fk__publication_seen__course_id_publication_id__publication"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["course_id", "person_id"],
            ["enrolment.course_id", "enrolment.person_id"],
            name=op.f("fk__publication_seen__course_id_person_id__enrolment"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__publication_seen")),
        sa.UniqueConstraint(
            "course_id", "id", name=op.f("uq__publication_seen__course_id_id")
        ),
        sa.UniqueConstraint(
            "publication_id",
            "person_id",
            name=op.f("uq__publication_seen__publication_id_person_id"),
        ),
    )
    op.create_index(
        op.f("ix__publication_seen__course_id"), "publication_seen", ["course_id"]
    )


def _what_people_choose() -> None:
    moment = types.UtcDateTime(timezone=True)
    op.create_table(
        "group_upload",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("by_person_id", sa.Integer(), nullable=True),
        sa.Column("content", types.EncryptedText(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["by_person_id"],
            ["person.id"],
            name=op.f("fk__group_upload__by_person_id__person"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["course.id"],
            name=op.f("fk__group_upload__course_id__course"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__group_upload")),
        sa.UniqueConstraint(
            "course_id", "id", name=op.f("uq__group_upload__course_id_id")
        ),
        sa.UniqueConstraint("course_id", name=op.f("uq__group_upload__course_id")),
    )
    with op.batch_alter_table("group_upload", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix__group_upload__course_id"), ["course_id"], unique=False
        )

    op.create_table(
        "choice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("formation_id", sa.Integer(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("may_found", sa.Boolean(), nullable=False),
        sa.Column("closes_at", moment, nullable=True),
        sa.Column("closed_at", moment, nullable=True),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.CheckConstraint("places >= 1", name=op.f("ck__choice__some_places")),
        sa.ForeignKeyConstraint(
            ["course_id", "formation_id"],
            ["formation.course_id", "formation.id"],
            name=op.f("fk__choice__course_id_formation_id__formation"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["course.id"],
            name=op.f("fk__choice__course_id__course"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__choice")),
        sa.UniqueConstraint("course_id", "id", name=op.f("uq__choice__course_id_id")),
        sa.UniqueConstraint("formation_id", name=op.f("uq__choice__formation_id")),
    )
    with op.batch_alter_table("choice", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix__choice__course_id"), ["course_id"], unique=False
        )

    op.create_table(
        "choice_news",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("formation_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("group_label", sa.String(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.CheckConstraint(
            "kind IN ('moved_up', 'put_in', 'put_out', 'group_gone')",
            name=op.f("ck__choice_news__known_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["course_id", "formation_id"],
            ["formation.course_id", "formation.id"],
            name=op.f("fk__choice_news__course_id_formation_id__formation"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["course_id", "person_id"],
            ["enrolment.course_id", "enrolment.person_id"],
            name=op.f("fk__choice_news__course_id_person_id__enrolment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["course.id"],
            name=op.f("fk__choice_news__course_id__course"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__choice_news")),
        sa.UniqueConstraint(
            "course_id", "id", name=op.f("uq__choice_news__course_id_id")
        ),
        sa.UniqueConstraint(
            "formation_id",
            "person_id",
            name=op.f("uq__choice_news__formation_id_person_id"),
        ),
    )
    with op.batch_alter_table("choice_news", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix__choice_news__course_id"), ["course_id"], unique=False
        )

    op.create_table(
        "wrong_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("formation_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("since", moment, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id", "formation_id"],
            ["formation.course_id", "formation.id"],
            name=op.f("fk__wrong_code__course_id_formation_id__formation"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["course_id", "person_id"],
            ["enrolment.course_id", "enrolment.person_id"],
            name=op.f("fk__wrong_code__course_id_person_id__enrolment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["course.id"],
            name=op.f("fk__wrong_code__course_id__course"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__wrong_code")),
        sa.UniqueConstraint(
            "course_id", "id", name=op.f("uq__wrong_code__course_id_id")
        ),
        sa.UniqueConstraint(
            "formation_id",
            "person_id",
            name=op.f("uq__wrong_code__formation_id_person_id"),
        ),
    )
    with op.batch_alter_table("wrong_code", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix__wrong_code__course_id"), ["course_id"], unique=False
        )

    op.create_table(
        "chosen_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("formation_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("topic_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("founded_by", sa.Integer(), nullable=True),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id", "formation_id"],
            ["formation.course_id", "formation.id"],
            name=op.f("fk__chosen_group__course_id_formation_id__formation"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["course_id", "topic_id"],
            ["topic.course_id", "topic.id"],
            name=op.f("fk__chosen_group__course_id_topic_id__topic"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["course.id"],
            name=op.f("fk__chosen_group__course_id__course"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["founded_by"],
            ["person.id"],
            name=op.f("fk__chosen_group__founded_by__person"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__chosen_group")),
        sa.UniqueConstraint(
            "course_id", "id", name=op.f("uq__chosen_group__course_id_id")
        ),
        sa.UniqueConstraint(
            "formation_id", "code", name=op.f("uq__chosen_group__formation_id_code")
        ),
        sa.UniqueConstraint(
            "formation_id", "number", name=op.f("uq__chosen_group__formation_id_number")
        ),
    )
    with op.batch_alter_table("chosen_group", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix__chosen_group__course_id"), ["course_id"], unique=False
        )

    op.create_table(
        "chosen_place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("formation_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("is_waiting", sa.Boolean(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id", "formation_id"],
            ["formation.course_id", "formation.id"],
            name=op.f("fk__chosen_place__course_id_formation_id__formation"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["course_id", "group_id"],
            ["chosen_group.course_id", "chosen_group.id"],
            name=op.f("fk__chosen_place__course_id_group_id__chosen_group"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["course_id", "person_id"],
            ["enrolment.course_id", "enrolment.person_id"],
            name=op.f("fk__chosen_place__course_id_person_id__enrolment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["course.id"],
            name=op.f("fk__chosen_place__course_id__course"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__chosen_place")),
        sa.UniqueConstraint(
            "course_id", "id", name=op.f("uq__chosen_place__course_id_id")
        ),
        sa.UniqueConstraint(
            "formation_id",
            "person_id",
            "is_waiting",
            name=op.f("uq__chosen_place__formation_id_person_id_is_waiting"),
        ),
    )
    with op.batch_alter_table("chosen_place", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix__chosen_place__course_id"), ["course_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix__chosen_place__group_id"), ["group_id"], unique=False
        )
