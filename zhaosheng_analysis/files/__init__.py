"""What lies on disk: layers, workbooks, datums, identifiers."""
