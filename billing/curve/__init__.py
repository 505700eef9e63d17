"""What registers counted: points, the line between them, and how well each part of it is known."""
