"""What the product does with one delivery, one monthly file, one deployment: pure rules and adapters, put together."""
