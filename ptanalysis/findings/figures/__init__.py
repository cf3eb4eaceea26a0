"""One function a figure; each takes tidy frames or estimates and returns a Drawing."""
