"""One question: what is varied, all its points, and what came out."""
