"""The selected job: its header, chunks, preview, log and details."""
