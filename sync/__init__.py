"""Everything between the desktop and the central service; HTTP lives here and nowhere else."""
