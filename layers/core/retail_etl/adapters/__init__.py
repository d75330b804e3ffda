"""The only modules that touch AWS: one for each kind of service, each a small class around its boto3 client."""
