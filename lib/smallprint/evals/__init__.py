"""Asking models through Inspect, control agents, and reading what they did."""
