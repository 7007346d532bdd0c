"""What was handed in, read as text and rebuilt from the key."""
