"""How fast jobs were rendered through a profile, as the journal's attempts tell."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from helios_gui.types.cost import RenderSpeed

JOBS_LIMIT = 20
"""Jobs that are told of: those of the same file first, then the latest."""

_QUERY = """
WITH measured AS (
  SELECT job_id, COUNT(*) AS chunks, SUM(frames) AS frames, SUM(seconds) AS seconds, MAX(finished_at) AS ended
  FROM attempts WHERE profile=:profile AND state='succeeded' AND seconds>0 AND frames>0 GROUP BY job_id
)
SELECT job_id, chunks, frames, seconds,
  COALESCE(id=:job_id OR json_extract(options, '$.source')=:source, 0) AS is_same_job
FROM measured JOIN jobs ON id=job_id ORDER BY is_same_job DESC, ended DESC LIMIT :most
"""


def read_speeds(db: sqlite3.Connection, profile: str, job_id: str, source: Path | None) -> list[RenderSpeed]:
    """Return one for each job with chunks that succeeded through the profile. Blocking; raises ``sqlite3.Error``."""
    values = {"profile": profile, "job_id": job_id, "source": source and str(source), "most": JOBS_LIMIT}
    rows = db.execute(_QUERY, values).fetchall()
    return [
        RenderSpeed(row["job_id"], row["chunks"], row["frames"], row["seconds"], bool(row["is_same_job"]))
        for row in rows
    ]
