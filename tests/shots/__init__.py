"""Pictures of every page, with what axe and the console find (bin/shots)."""
