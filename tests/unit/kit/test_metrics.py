from eaa.kit.metrics import Counter, Histogram, gauge_lines


def test_a_counter_adds_up_for_each_combination_of_labels() -> None:
    counter = Counter("calls_total", "Calls.", "model", "outcome")
    counter.add(1, "a", "answered")
    counter.add(2.5, "a", "answered")
    counter.add(1, "a", "cached")

    assert list(counter.lines()) == [
        "# HELP calls_total Calls.",
        "# TYPE calls_total counter",
        'calls_total{model="a",outcome="answered"} 3.5',
        'calls_total{model="a",outcome="cached"} 1',
    ]
    assert counter.total("b", "answered") == 0


def test_a_histogram_counts_up_to_each_bound_the_bound_included() -> None:
    histogram = Histogram("seconds", "How long.", "model", bounds=(0.5, 1.0))
    for seconds in (0.25, 0.5, 0.75, 8.0):
        histogram.observe(seconds, "a")

    assert list(histogram.lines())[2:] == [
        'seconds_bucket{model="a",le="0.5"} 2',
        'seconds_bucket{model="a",le="1"} 3',
        'seconds_bucket{model="a",le="+Inf"} 4',
        'seconds_sum{model="a"} 9.5',
        'seconds_count{model="a"} 4',
    ]


def test_what_stands_in_a_label_cannot_end_it() -> None:
    lines = list(gauge_lines("cooling", "Left alone.", [((("subject", 'a"b\\c\nd'),), 1.5)]))

    assert lines[-1] == 'cooling{subject="a\\"b\\\\c\\nd"} 1.5'
