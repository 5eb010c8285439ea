"""Critical reports: robbery, explosion, murder ... found in the words of a call, and graded."""
