"""The board's WebSocket: one Redis subscription per process, broadcast to every subscriber."""
