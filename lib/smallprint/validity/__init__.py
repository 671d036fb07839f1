"""Whether the project's own analyses find nothing in nothing, and what they can find."""
