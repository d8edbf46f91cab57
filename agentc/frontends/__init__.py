"""Frontends: each reads one kind of source into the agent IR."""
