"""Reckon performance: what a span counts for, counted by day and unit; meetings, their decisions, and the court's figures."""

import sqlalchemy as sa
from alembic import op

from db.types import ROW_ID, UTCDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

CONTESTED = sa.text("objection IS NOT NULL")
ARRIVED = ("reported_at", "township", "village", "category", "merged_into")
NEW_OF_SPANS = ("excluded", "objection", "again", "paused_seconds", "result")


def upgrade() -> None:
    op.add_column("assignments", sa.Column("excluded", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("assignments", sa.Column("objection", sa.String(length=64), nullable=True))
    op.add_column("assignments", sa.Column("again", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("assignments", sa.Column("paused_seconds", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("assignments", sa.Column("result", sa.String(length=64), nullable=True))
    op.drop_index("ix_cases_reported_at", "cases")
    op.create_index("ix_cases_reported_at", "cases", list(ARRIVED))
    op.create_index("ix_assignments_ended_at", "assignments", ["ended_at", "assigned_at"])
    op.create_index(
        "ix_assignments_objection", "assignments", ["objection"], postgresql_where=CONTESTED, sqlite_where=CONTESTED
    )
    op.create_table(
        "unit_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("unit_code", sa.String(length=64), nullable=False),
        sa.Column("measure", sa.String(length=64), nullable=False),
        sa.Column("excluded", sa.Boolean(), nullable=False),
        sa.Column("good", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "unit_code", "measure", "excluded", name="pk_unit_days"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "meetings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=64), nullable=False),
        sa.Column("began_at", UTCDateTime(), nullable=False),
        sa.Column("began_by", sa.String(length=64), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_meetings"),
    )
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting", sa.String(length=64), nullable=False),
        sa.Column("unit_code", sa.String(length=64), nullable=False),
        sa.Column("matter", sa.Text(), nullable=False),
        sa.Column("case_id", ROW_ID, nullable=True),
        sa.Column("due_at", UTCDateTime(), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("settled_at", UTCDateTime(), nullable=True),
        sa.Column("settled_by", sa.String(length=64), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
    )
    op.create_index("ix_decisions_meeting", "decisions", ["meeting"])
    op.create_table(
        "court_figures",
        sa.Column("month", sa.String(length=64), nullable=False),
        sa.Column("measure", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("numerator", sa.Integer(), nullable=False),
        sa.Column("denominator", sa.Integer(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("imported_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("month", "measure", "code", name="pk_court_figures"),
    )


def downgrade() -> None:
    for table in ("court_figures", "decisions", "meetings", "unit_days"):
        op.drop_table(table)
    op.drop_index("ix_cases_reported_at", "cases")
    op.create_index("ix_cases_reported_at", "cases", ["reported_at"])
    op.drop_index("ix_assignments_objection", "assignments")
    op.drop_index("ix_assignments_ended_at", "assignments")
    for column in reversed(NEW_OF_SPANS):
        op.drop_column("assignments", column)
