"""The compilation as tools of the Model Context Protocol, for assistants and editors: over HTTP and over stdio."""
