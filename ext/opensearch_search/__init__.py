"""Search by OpenSearch or Elasticsearch over HTTP, for catalogues that outgrow one machine."""
