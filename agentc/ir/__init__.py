"""The agent IR: MLIR contexts, parsing, building, checking, and reading it as plain data."""
