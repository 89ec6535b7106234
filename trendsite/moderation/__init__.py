"""Hidden hashtags: editors hide and unhide them, and every process of the site applies it within a second."""
