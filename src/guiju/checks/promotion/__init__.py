"""What is said of goods and services to sell them."""
