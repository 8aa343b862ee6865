"""Events: what visitors did on the shop's pages, told by the pages themselves."""
