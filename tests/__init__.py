"""What the system promises."""
