"""What the store promises, and what it asks of a database: the same on the embedded server and on any MongoDB."""
