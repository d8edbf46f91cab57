"""What agents remember: folders of text that they search, and values kept under keys."""
