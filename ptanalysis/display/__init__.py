"""Tables, sentences, plots and records: how numbers meet a reader, in notebooks and reports."""
