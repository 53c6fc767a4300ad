"""How a job goes, in figures over time."""
