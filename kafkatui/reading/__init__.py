"""Reading records as people ask for it: plans, paging, searching, tailing, decoding by topic. It prints nothing."""
