"""A renderer for web compositions: a Chromium of this machine shows the page frame by frame, FFmpeg encodes it."""
