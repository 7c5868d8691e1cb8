"""What leaves the house: values → bytes."""
