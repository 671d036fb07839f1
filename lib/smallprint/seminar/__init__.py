"""The seminar kit: slides, handouts, pages and notebooks of a session, each from one source."""
