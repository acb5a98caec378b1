"""Health, system metrics, queries and alerts, asked beside the load by a process of their own."""
