"""Folders that are watched: job files and sources that land there become jobs."""
