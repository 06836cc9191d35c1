"""What a reader sees: sentences, tables, pages, PDF, workbooks."""
