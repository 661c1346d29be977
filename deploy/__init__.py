"""What brings the product to where it runs: a unit, a manifest, an archive for offices with no network."""
