"""The life of an application, from submission to the certificate."""
