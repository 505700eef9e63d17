"""What keeps readings and time coming into the topics."""
