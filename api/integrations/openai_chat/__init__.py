"""The OpenAI-compatible interface: whatever speaks to OpenAI speaks to the compilation."""
