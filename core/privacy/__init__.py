"""What is known of persons: sealed, masked, exported, erased."""
