"""What each committed load publishes: the reporting views, and the page and files made from them."""
