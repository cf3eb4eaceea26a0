"""Tables kept in the connection between the steps of intake."""

from __future__ import annotations

import uuid


def stored(connection, expression):
    """Compute `expression` once, as a temporary table, and return the table."""
    name = f"step_{uuid.uuid4().hex}"
    connection.create_table(name, expression, temp=True)
    return connection.table(name)
