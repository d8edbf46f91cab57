"""The target that runs here: a Python package on asyncio."""
