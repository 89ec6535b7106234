"""Hidden hashtags: who may hide what, and how every process of the site learns of it within a second."""
