"""Pictures of a run: plain series in, inline SVG out; matplotlib is loaded when the first one is drawn."""
