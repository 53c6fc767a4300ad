"""The sheet for a new render: what a source holds, what is wanted of it, and where it is rendered."""
