"""The settings page of the watched folders."""
