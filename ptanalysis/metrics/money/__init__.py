"""Return: what inbound and outbound cost and brought in, on spend old enough to have paid back.

Cost and outcomes come from the same matured units: a campaign or asset with the leads and the cost
of its first 52 weeks, or a 4-week block of a channel that runs without campaigns. Cost is full
cost, labor included; a unit enters once all its leads have been followed for as long as the
outcome asks.
"""
