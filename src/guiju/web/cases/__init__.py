"""Cases over HTTP: what is held and why, told, appealed, decided by persons, each seeing only what is theirs."""
