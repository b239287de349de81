"""What people see: Qt Widgets, and the command line. Qt lives here and nowhere else."""
