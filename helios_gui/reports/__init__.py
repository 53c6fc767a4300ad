"""The report of a job: what was rendered, by which attempts, and whether nothing is missing."""
