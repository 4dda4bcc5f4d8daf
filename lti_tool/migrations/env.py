"""Runs the migrations on the connection that the command hands over."""

from alembic import context

from lti_tool.operation import tables
from lti_tool.persistence import revision

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.metadata,
    render_as_batch=True,
    compare_type=True,
    # Locks are held as briefly as can be.
    transaction_per_migration=True,
    on_version_apply=revision.note,
)
with context.begin_transaction():
    context.run_migrations()
