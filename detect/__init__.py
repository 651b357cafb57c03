"""Article -> Finding: is there an account of somebody who left a watched group? Pure, no I/O but the data files."""
