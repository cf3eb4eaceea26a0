"""The report for readers outside the clinic: no count of 1 to 10 people."""
