"""The table of jobs keeps its own promises."""

from contracts.jobs import FROM_OUTSIDE, JOBS, REFERENCES, TopicOf
from contracts.settings import Settings
from contracts.topics import all_topics


def test_whoever_reads_what_a_job_writes_comes_after_it() -> None:
    written: set[TopicOf] = set(FROM_OUTSIDE)
    for job in JOBS.values():
        assert set(job.reads) <= written, f"{job.name} reads what nobody before it writes"
        written |= set(job.writes)


def test_every_topic_of_a_job_is_provisioned() -> None:
    settings = Settings.model_construct()
    jobs = (JOBS | REFERENCES).values()
    used = {of(settings).name for job in jobs for of in (*job.reads, *job.writes)}
    assert used <= {topic.name for topic in all_topics(settings)}


def test_only_a_job_without_state_goes_on_where_its_group_was() -> None:
    assert [job.name for job in JOBS.values() if not job.keeps_state] == ["history"]
    assert all(job.keeps_state for job in JOBS.values() if job.reads_readings)
