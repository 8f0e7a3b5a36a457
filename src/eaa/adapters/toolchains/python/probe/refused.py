"""Plugins that are kept out: they change which tests run, in what order or in which process, or trace lines too."""

REFUSED_PLUGINS = (
    "cacheprovider",
    "stepwise",
    "xdist",
    "xdist.looponfail",
    "cov",
    "randomly",
    "random_order",
    "reverse",
    "rerunfailures",
)
