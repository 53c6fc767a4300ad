"""What jobs are made of: web pages and other files that hold pictures in time.

A kind of source is one module here and one line in ``registry``. It reads a file once, and plans the job that renders
it from what the file says (``SourceFacts``) and what a person wants (``JobRequest``).
"""
