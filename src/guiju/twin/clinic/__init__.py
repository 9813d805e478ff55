"""A platform of medical aesthetics: who answers, what is asked, who answered before."""
