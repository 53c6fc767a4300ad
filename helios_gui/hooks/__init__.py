"""Hooks: commands and web addresses that are told when a job starts, is done, fails or waits for a person."""
