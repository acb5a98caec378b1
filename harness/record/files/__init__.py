"""Files of a run directory: how they are opened, and put in place whole."""
