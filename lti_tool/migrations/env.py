"""Runs the migrations on the connection that the command hands over."""

from alembic import context

from lti_tool.operation import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
