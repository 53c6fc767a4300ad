"""The renderer of videos: decodes frames by their numbers, and encodes them as a preset says."""
