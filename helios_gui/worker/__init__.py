"""What runs in the cloud: fetches a job, renders one chunk, and leaves output, log and result in storage.

Importing it loads neither Qt nor any cloud's library; those of a storage are loaded when that storage is used.
"""
