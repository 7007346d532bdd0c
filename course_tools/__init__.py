"""What authors and instructors run: the `course` command. Learners need none of it."""
