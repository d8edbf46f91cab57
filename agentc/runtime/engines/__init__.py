"""What runs LLM operators: llama.cpp inside this process, or any OpenAI-compatible server."""
