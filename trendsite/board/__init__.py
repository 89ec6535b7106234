"""The live board: Redis to browser, one subscription a process, the newest ranking to every viewer."""
