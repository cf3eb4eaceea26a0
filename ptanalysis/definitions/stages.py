"""Stage, direction and cost words; every other module takes them from here.

The glossary itself is in docs/definitions.md.
"""

DIRECTIONS = ("inbound", "outbound", "neither", "unknown")
UNKNOWN = "unknown"

STAGES = ("lead", "mql", "screened", "sql", "patient")

#: Timestamps, never booleans: a stage not reached is a missing time.
#: ``lost_at`` (screened and disqualified) is the exit that competes with ``sql_at``.
STAGE_COLUMNS = (
    "inquiry_at",
    "lead_at",
    "mql_at",
    "screened_at",
    "sql_at",
    "patient_at",
    "lost_at",
)

COST_KINDS = ("media", "agency", "print", "postage", "labor", "software")

#: Which column of a table holds the direction under each taxonomy.
TAXONOMIES = {"default": "direction", "platform": "direction_platform"}

SQL_HORIZON_WEEKS = 13
PATIENT_HORIZON_WEEKS = 26
