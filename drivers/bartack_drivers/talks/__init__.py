"""What drivers of one family say and hear alike, and talks that need a library: see ``readers``."""
