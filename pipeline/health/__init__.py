"""How the pipeline is: limits, patterns of errors, the errors of the last hours. Read by pages, API and commands."""
