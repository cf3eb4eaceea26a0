"""Quality: lead to MQL to SQL to paid patient, on leads old enough to have become one.

Conversion is at a stated horizon: 13 weeks to SQL, 26 to patient. Quality is the share of the
screened leads that are SQL: an unscreened lead is unknown, never "not SQL". A lead still open
counts for as long as it has been followed.
"""
