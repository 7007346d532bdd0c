"""The learner's desk: a folder of their own, with lessons and exercises to work in."""
