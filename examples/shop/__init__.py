"""A shop that sells single things and gift sets, and takes coupons."""
