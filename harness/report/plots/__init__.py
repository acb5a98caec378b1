"""Pictures of a run: plain series in, inline SVG out."""
