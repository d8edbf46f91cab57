"""agentc: a compiler for agent workloads."""
