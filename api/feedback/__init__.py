"""What people say of answers, and the test questions that they make."""
