"""The command line: one room a noun, each importing what it needs only when a verb is called."""
