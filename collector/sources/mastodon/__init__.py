"""Mastodon: the public streams of one or more servers, as server-sent events."""
