"""`make run`: installs what is missing, checks settings and machine, then starts every part under supervisord."""
