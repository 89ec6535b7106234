"""Other designs for the same counting. Each gets the same posts over a socket; its counts are checked."""
