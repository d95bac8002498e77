"""How much each answer of a person settles: questions asked of accounts whose owners are known, tags stripped."""
