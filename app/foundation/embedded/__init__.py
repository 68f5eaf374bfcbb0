"""Real Postgres and Valkey beside us, from wheels, and the process tree of `bunko serve`."""
