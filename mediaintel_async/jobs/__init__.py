"""Jobs: work that is started once, followed, cancelled and resumed."""
