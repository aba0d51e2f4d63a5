"""${message}

Rules: works on SQLite (batch mode) and PostgreSQL; can be taken down again; old rows keep their meaning; a table that a
running version reads is never renamed in one step; data moves in SQL, not through models, which change later.
"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
