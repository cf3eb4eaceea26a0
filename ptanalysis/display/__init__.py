"""Tables, plots and sentences, for notebooks and reports alike."""
