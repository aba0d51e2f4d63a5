"""Tell in the projections what the clocks are: roles of spans, rules, pauses, the visit's deadline, results."""

import sqlalchemy as sa
from alembic import op

from db.types import UTCDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

CASES = ("original_due_at", "paused_at", "visit_due_at", "result")
SPANS = ("role", "sign_rule", "contact_rule", "provisional", "paused_at", "reminded_step", "reminded_at")


def upgrade() -> None:
    for name in CASES:
        kind = sa.String(length=64) if name == "result" else UTCDateTime()
        op.add_column("cases", sa.Column(name, kind, nullable=True))
    for name, length, default in (("role", 64, "holder"), ("sign_rule", 256, ""), ("contact_rule", 256, "")):
        kind = sa.String(length=length)
        op.add_column("assignments", sa.Column(name, kind, nullable=False, server_default=default))
    op.add_column("assignments", sa.Column("provisional", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("assignments", sa.Column("paused_at", UTCDateTime(), nullable=True))
    op.add_column("assignments", sa.Column("reminded_step", sa.String(length=256), nullable=True))
    op.add_column("assignments", sa.Column("reminded_at", UTCDateTime(), nullable=True))


def downgrade() -> None:
    for name in reversed(SPANS):
        op.drop_column("assignments", name)
    for name in reversed(CASES):
        op.drop_column("cases", name)
