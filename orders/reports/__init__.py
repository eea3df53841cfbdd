"""What the numbers of a merchant's orders are: counted by the database when somebody asks."""
