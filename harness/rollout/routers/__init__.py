"""Routers that split the traffic: one way to set the weight of each, and to ask what it is."""
