"""The course as pages on the web: made from the stored notebooks, served from anywhere."""
