"""Helios Render Manager: split a render into chunks, run them anywhere, bring one video home."""

__version__ = "0.1.0"
