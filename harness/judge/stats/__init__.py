"""Statistics on blocks of time: bounds, estimates, power. Pure numbers in, pure numbers out."""
