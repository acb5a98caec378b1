"""What a source of windows says about itself."""
