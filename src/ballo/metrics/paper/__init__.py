"""What named papers' code computes, faults and all, so that numbers can stand beside theirs."""
