"""How a plan is changed from outside: fewer stages, a rehearsal's shorter times."""
