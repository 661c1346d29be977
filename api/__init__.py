"""The edge: settings, HTTP and the command line. No retrieval logic lives here."""
