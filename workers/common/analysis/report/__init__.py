"""The analysis as one page for people: pictures with their numbers beside them."""
