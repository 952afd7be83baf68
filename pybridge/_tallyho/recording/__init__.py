"""Recording: every event of the person's code with the values of its names, so that the run can be asked afterwards."""
