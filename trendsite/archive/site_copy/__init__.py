"""The nightly copy of what only the database holds (accounts, languages, rules, boards), and its restore."""
