"""What a physical-therapy clinic's leads are worth."""
