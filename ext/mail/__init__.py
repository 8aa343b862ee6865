"""The mail port: by SMTP, or into a folder."""
