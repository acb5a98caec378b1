"""What changes who is served: deploy commands, the weight, the rollback and its check."""
