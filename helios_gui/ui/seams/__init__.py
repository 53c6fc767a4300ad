"""The seams between chunks: whether pictures and sound go on without a jump."""
