"""Recordings: files of posts in our own format, or as a network sent them. Replay reads them, and so does convert."""
