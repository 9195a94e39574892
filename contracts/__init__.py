"""What is promised: the vocabulary, the two API shapes as OpenAPI documents, and the exchanges.

Pure values and functions; nothing here waits for anything.
"""
