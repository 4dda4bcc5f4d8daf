"""What registration, deep linking, copied courses and browsers without cookies need."""

import sqlalchemy as sa
from alembic import op

from lti_tool.persistence import types

revision = "lti"
down_revision = "first"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "registration_invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("expires_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("used_at", types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("registration_id", sa.Integer(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk__registration_invitation__registration_id__registration"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__registration_invitation")),
        sa.UniqueConstraint(
            "token_hash", name=op.f("uq__registration_invitation__token_hash")
        ),
    )
    with op.batch_alter_table("registration_invitation", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix__registration_invitation__registration_id"),
            ["registration_id"],
            unique=False,
        )

    op.create_table(
        "context_copy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("deployment_id", sa.Integer(), nullable=False),
        sa.Column("context_id", sa.String(), nullable=False),
        sa.Column("origin_context_id", sa.String(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["deployment_id"],
            ["deployment.id"],
            name=op.f("fk__context_copy__deployment_id__deployment"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__context_copy")),
        sa.UniqueConstraint(
            "deployment_id",
            "context_id",
            "origin_context_id",
            name=op.f("uq__context_copy__deployment_id_context_id_origin_context_id"),
        ),
    )
    with op.batch_alter_table("deployment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("notices_url", sa.String(), nullable=True))
        for name in ("notices_due_at", "notices_at"):
            batch_op.add_column(
                sa.Column(name, types.UtcDateTime(timezone=True), nullable=True)
            )

    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.add_column(sa.Column("phase", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("lineitems_url", sa.String(), nullable=True))

    with op.batch_alter_table("course", schema=None) as batch_op:
        batch_op.add_column(sa.Column("groups_url", sa.String(), nullable=True))
        batch_op.add_column(
            sa.Column("platform_groups", sa.JSON(), nullable=False, server_default="{}")
        )
        batch_op.add_column(sa.Column("lms_url", sa.String(), nullable=True))
        batch_op.add_column(
            sa.Column("context_history", sa.JSON(), nullable=False, server_default="[]")
        )
        batch_op.add_column(sa.Column("copied_from_id", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("copied_at", types.UtcDateTime(timezone=True), nullable=True)
        )
        batch_op.create_index(
            batch_op.f("ix__course__copied_from_id"), ["copied_from_id"], unique=False
        )
        batch_op.create_foreign_key(
            batch_op.f("fk__course__copied_from_id__course"),
            "course",
            ["copied_from_id"],
            ["id"],
            ondelete="SET NULL",
        )

    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("platform_groups", sa.JSON(), nullable=False, server_default="[]")
        )

    with op.batch_alter_table("launch_session", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("deep_linking", types.EncryptedText(), nullable=True)
        )
        batch_op.alter_column("browser_hash", existing_type=sa.VARCHAR(), nullable=True)

    with op.batch_alter_table("login", schema=None) as batch_op:
        batch_op.add_column(sa.Column("storage_hash", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("storage_target", sa.String(), nullable=True))
        batch_op.create_index(
            batch_op.f("ix__login__storage_hash"), ["storage_hash"], unique=False
        )

    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("service_hosts", sa.JSON(), nullable=False, server_default="[]")
        )
        batch_op.add_column(
            sa.Column("source", sa.String(), nullable=False, server_default="manual")
        )


def downgrade() -> None:
    op.execute("DELETE FROM launch_session WHERE browser_hash IS NULL")
    with op.batch_alter_table("deployment", schema=None) as batch_op:
        for name in ("notices_at", "notices_due_at", "notices_url"):
            batch_op.drop_column(name)

    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.drop_column("source")
        batch_op.drop_column("service_hosts")

    with op.batch_alter_table("login", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix__login__storage_hash"))
        batch_op.drop_column("storage_target")
        batch_op.drop_column("storage_hash")

    with op.batch_alter_table("launch_session", schema=None) as batch_op:
        batch_op.alter_column(
            "browser_hash", existing_type=sa.VARCHAR(), nullable=False
        )
        batch_op.drop_column("deep_linking")

    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.drop_column("platform_groups")

    with op.batch_alter_table("course", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk__course__copied_from_id__course"), type_="foreignkey"
        )
        batch_op.drop_index(batch_op.f("ix__course__copied_from_id"))
        batch_op.drop_column("copied_at")
        batch_op.drop_column("copied_from_id")
        batch_op.drop_column("context_history")
        batch_op.drop_column("lms_url")
        batch_op.drop_column("platform_groups")
        batch_op.drop_column("groups_url")

    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.drop_column("lineitems_url")
        batch_op.drop_column("phase")

    op.drop_table("context_copy")
    with op.batch_alter_table("registration_invitation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix__registration_invitation__registration_id"))

    op.drop_table("registration_invitation")
