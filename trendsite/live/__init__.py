"""What Redis holds now, read: shared by the board, the API and the health check. Nothing here writes."""
