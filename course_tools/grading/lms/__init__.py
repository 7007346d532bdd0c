"""What is exchanged with learning platforms: rosters, grades, feedback, times."""
