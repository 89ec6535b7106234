"""The two commands of the README: installs what is missing, checks, then starts every part under supervisor."""
