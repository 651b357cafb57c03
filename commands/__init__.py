"""What the command `outspoken` can do, one file for each kind of user's task; `cli.py` gathers them."""
