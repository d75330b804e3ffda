"""The SQL that the product sends, as text built from the contract. Pure: no statement is run from here."""
