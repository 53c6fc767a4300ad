"""The timeline of a job: its attempts as bars over time, one row for each that runs at the same time."""
