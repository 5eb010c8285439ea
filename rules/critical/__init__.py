"""Critical reports: finds robbery, explosion, murder ... in the words of a call, and grades them."""
