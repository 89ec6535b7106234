"""The commands of this app: arguments, signals and wiring."""
