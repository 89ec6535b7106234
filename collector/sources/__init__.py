"""The networks: each an edge that reads, and a pure ``to_post`` that translates."""
