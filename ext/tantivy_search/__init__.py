"""The search index on disk: Tantivy scores text, mapped arrays hold everything else."""
