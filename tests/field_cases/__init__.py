"""Files and messages as they come from the field, given to the product as their user would."""
