//! One metric's answer as every surface receives it: the number, its terms, its interval, its freshness.
