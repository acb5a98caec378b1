"""Routers that split the traffic: how to set the weight of each, and how to ask for it."""
