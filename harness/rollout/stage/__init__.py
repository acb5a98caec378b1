"""One stage under load: sending, recording, counting."""
