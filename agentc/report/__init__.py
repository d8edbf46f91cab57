"""What a person sees of a plan: one HTML page, and tables on a terminal."""
