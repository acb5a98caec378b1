"""Arrival rates that change: ramps into a stage, climbs and spikes in it, and their exact arithmetic."""
