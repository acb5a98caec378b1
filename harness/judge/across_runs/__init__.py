"""What is judged across several runs: calibration, locked figures, and whether runs can be compared."""
