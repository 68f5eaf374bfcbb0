"""the audit log, which the database itself keeps from being changed"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0150"
down_revision = "0160"
branch_labels = None
depends_on = None

ONLY_ADDED = """
CREATE FUNCTION audit_line_is_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
        AND OLD.at < now() - interval '6 days'
        AND current_setting('bunko.forgets_audit', true) = 'yes'
    THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'lines of the audit log are never changed'
        USING ERRCODE = 'insufficient_privilege';
END $$
"""


def upgrade() -> None:
    op.create_table(
        "audit_line",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=True),
        sa.Column("person_name", sa.Text(), nullable=True),
        sa.Column("subject_id", sa.UUID(), nullable=True),
        sa.Column("subject_name", sa.Text(), nullable=True),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("about", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_line"),
    )
    for column in ("what", "person_id", "subject_id", "subject_name", "network"):
        op.create_index(f"ix_audit_line_{column}", "audit_line", [column, "id"])
    op.execute(ONLY_ADDED)
    op.execute(
        "CREATE TRIGGER audit_line_is_only_added BEFORE UPDATE OR DELETE ON audit_line"
        " FOR EACH ROW EXECUTE FUNCTION audit_line_is_only_added()"
    )
    op.execute(
        "CREATE TRIGGER audit_line_is_not_emptied BEFORE TRUNCATE ON audit_line"
        " FOR EACH STATEMENT EXECUTE FUNCTION audit_line_is_only_added()"
    )


def downgrade() -> None:
    op.drop_table("audit_line")
    op.execute("DROP FUNCTION audit_line_is_only_added()")
