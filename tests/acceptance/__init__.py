"""The product as its users start it: whole processes, told apart by nothing but their ports and folders."""
